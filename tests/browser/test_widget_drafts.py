"""Drafts as cards in the widget: what each state shows, and that nothing is decided but by their user."""

import unittest

from browser import Page, expect
from embedded import Site, WidgetTest

ANSWER = "I heard: plan the week"


class Drafts(WidgetTest):
    def is_expected(self, trouble):
        # What was decided elsewhere is refused, and so is an empty text.
        return any(word in trouble for word in ("400", "401", "409", "ERR_INTERNET_DISCONNECTED"))

    def drafted(self, context=None):
        """The widget, and the card of a draft in it."""
        widget = self.connected(context)
        self.draft(widget, "plan the week")
        return widget, widget.panel.locator(".card")

    def draft(self, widget, text):
        widget.panel.get_by_role("combobox", name="What is asked for").select_option(label="Draft a task list")
        widget.ask(text)

    def window_of(self, widget, card, deed):
        """The window that opens to decide, once it shows the draft."""
        with widget.tab.context.expect_page() as opened:
            card.get_by_role("button", name=deed, exact=True).click()
        return opened.value

    def decide(self, widget, card, deed):
        window = self.window_of(widget, card, deed)
        expect(window.get_by_role("heading", name=f"{deed} this draft?")).to_be_visible()
        with window.expect_event("close"):
            window.get_by_role("button", name=deed, exact=True).click()

    def only_draft(self):
        (draft,) = self.ask_server("GET", "/api/v1/drafts")["drafts"]
        return draft

    def buttons(self, card):
        return card.get_by_role("button").all_inner_texts()

    def test_a_draft_is_viewed_edited_and_accepted_by_its_user(self):
        widget, card = self.drafted()
        expect(card.locator(".state")).to_have_text("Draft")
        self.assertEqual(self.buttons(card), ["View", "Edit", "Accept", "Discard"])
        text = card.get_by_role("group", name="The draft’s text")
        expect(text).to_be_hidden()
        card.get_by_role("button", name="View").click()
        expect(text).to_have_text(ANSWER)
        widget.picture("widget-draft-viewed")
        widget.check_accessibility("a draft that is viewed")
        card.get_by_role("button", name="Edit").click()
        field = card.get_by_role("textbox", name="The draft’s text")
        expect(field).to_be_focused()
        field.fill("1. plan\n2. rest")
        widget.picture("widget-draft-edited")
        widget.check_accessibility("a draft that is written in")
        card.get_by_role("button", name="Save").click()
        expect(card.locator(".state")).to_have_text("Draft, edited")
        expect(text.locator("li")).to_have_text(["plan", "rest"])
        expect(card.get_by_role("button", name="View")).to_be_focused()
        # Nothing of that was decided by the page.
        self.assertEqual(self.only_draft()["state"], "edited")
        self.decide(widget, card, "Accept")
        expect(card.locator(".state")).to_have_text("Accepted")
        self.assertEqual(self.buttons(card), ["View"])
        draft = self.only_draft()
        self.assertEqual((draft["state"], draft["applied"]), ("accepted", []))
        # The message is as it was said.
        expect(widget.answers.last.locator(".text").first).to_contain_text(ANSWER)
        widget.tab.reload()
        expect(card.locator(".state")).to_have_text("Accepted")
        self.assertEqual(self.buttons(card), ["View"])

    def test_a_draft_is_discarded_or_left_as_it_is(self):
        widget, card = self.drafted()
        window = self.window_of(widget, card, "Discard")
        expect(window.locator("#draft-text")).to_have_text(ANSWER)
        with window.expect_event("close"):
            window.get_by_role("button", name="Not now").click()
        expect(card.locator(".state")).to_have_text("Draft")
        # Closed without a word it is the same.
        self.window_of(widget, card, "Accept").close()
        expect(card.locator(".state")).to_have_text("Draft")
        self.assertEqual(self.only_draft()["state"], "generated")
        self.decide(widget, card, "Discard")
        expect(card.locator(".state")).to_have_text("Discarded")
        self.assertEqual(self.buttons(card), ["View"])
        widget.picture("widget-draft-discarded")

    def test_the_page_itself_decides_nothing(self):
        widget, _ = self.drafted()
        draft = self.only_draft()
        ask = """([address, token]) => fetch(address, { method: "POST", body: "{}",
                 headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" } }).then(({ status }) => status)"""
        token = widget.kept("token")
        for deed in ("accept", "discard", "apply"):
            address = f"{self.site.server}/api/v1/drafts/{draft['id']}/{deed}"
            self.troubles.clear()
            self.assertEqual(widget.tab.evaluate(ask, [address, token]), 403, deed)
        self.troubles.clear()
        self.assertEqual(self.only_draft()["state"], "generated")

    def test_an_edit_that_is_refused_or_not_saved_keeps_its_text(self):
        widget, card = self.drafted()
        card.get_by_role("button", name="Edit").click()
        field = card.get_by_role("textbox", name="The draft’s text")
        field.fill(" ")
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("alert")).to_contain_text("A draft can’t be empty")
        field.fill("half a plan")
        # What another tab, a look at the server, or a reload brings takes nothing away.
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        widget.tab.evaluate("new Promise((resolve) => setTimeout(resolve, 1_000))")
        expect(field).to_have_value("half a plan")
        widget.tab.reload()
        expect(field).to_have_value("half a plan")
        widget.tab.context.set_offline(True)
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("alert")).to_contain_text("The server can’t be reached")
        expect(field).to_have_value("half a plan")
        widget.tab.context.set_offline(False)
        card.get_by_role("button", name="Save").click()
        expect(card.locator(".state")).to_have_text("Draft, edited")
        # Cancelled on purpose it is gone.
        card.get_by_role("button", name="Edit").click()
        field.fill("not this")
        card.get_by_role("button", name="Cancel").click()
        widget.tab.reload()
        expect(card.locator(".state")).to_have_text("Draft, edited")
        card.get_by_role("button", name="Edit").click()
        expect(field).to_have_value("half a plan")

    def test_what_was_decided_elsewhere_is_said_and_the_text_stays(self):
        widget, card = self.drafted()
        card.get_by_role("button", name="Edit").click()
        field = card.get_by_role("textbox", name="The draft’s text")
        field.fill("my own plan")
        self.ask_server("POST", f"/api/v1/drafts/{self.only_draft()['id']}/accept", {})
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("alert")).to_contain_text("It is accepted now")
        expect(field).to_have_value("my own plan")
        widget.picture("widget-draft-conflict")
        card.get_by_role("button", name="Cancel").click()
        expect(card.locator(".state")).to_have_text("Accepted")
        self.assertEqual(self.buttons(card), ["View"])
        self.assertEqual(self.only_draft()["content"], {"text": ANSWER + " "})

    def test_a_window_says_what_was_decided_before_it(self):
        widget, card = self.drafted()
        first = self.window_of(widget, card, "Accept")
        expect(first.get_by_role("button", name="Accept")).to_be_enabled()
        draft = self.only_draft()["id"]
        self.ask_server("POST", f"/api/v1/drafts/{draft}/discard", {})
        first.get_by_role("button", name="Accept").click()
        expect(first.get_by_text("Draft has been discarded")).to_be_visible()
        expect(card.locator(".state")).to_have_text("Discarded")
        first.close()
        # The same of a window that opens when all is over.
        self.draft(widget, "plan the month")
        second_card = widget.panel.locator(".card").last
        expect(second_card.locator(".state")).to_have_text("Draft")
        newest = self.ask_server("GET", "/api/v1/drafts?state=generated")["drafts"][0]["id"]
        self.ask_server("POST", f"/api/v1/drafts/{newest}/accept", {})
        second = self.window_of(widget, second_card, "Discard")
        expect(second.get_by_role("heading", name="This draft is decided")).to_be_visible()
        expect(second.get_by_text("It was accepted before.")).to_be_visible()
        expect(second_card.locator(".state")).to_have_text("Accepted")
        second.close()
        widget.check_accessibility("two drafts")

    def test_nothing_is_decided_that_was_not_in_view(self):
        widget = self.connected()
        self.draft(widget, "a long plan")
        window = self.window_of(widget, widget.panel.locator(".card"), "Accept")
        expect(window.locator("#draft-origin")).to_have_text(self.site.origin)
        accept = window.get_by_role("button", name="Accept")
        expect(window.get_by_text("Read it to its end")).to_be_visible()
        window.wait_for_timeout(1_500)
        expect(accept).to_be_disabled()
        Page(self, window).picture("window-draft-long")
        window.locator("#draft-text").evaluate("element => element.scrollTo(0, element.scrollHeight)")
        expect(accept).to_be_enabled()
        # However small whoever opened it made it.
        window.set_viewport_size({"width": 200, "height": 120})
        expect(accept).to_be_disabled()
        window.wait_for_timeout(1_500)
        expect(accept).to_be_disabled()
        window.set_viewport_size({"width": 560, "height": 720})
        expect(accept).to_be_enabled()
        with window.expect_event("close"):
            accept.click()
        expect(widget.panel.locator(".card .state")).to_have_text("Accepted")

    def test_what_a_page_writes_while_its_user_reads_is_not_accepted(self):
        widget, card = self.drafted()
        window = self.window_of(widget, card, "Accept")
        expect(window.get_by_role("button", name="Accept")).to_be_enabled()
        draft = self.only_draft()["id"]
        self.ask_server("PATCH", f"/api/v1/drafts/{draft}", {"content": {"text": "something else"}})
        window.get_by_role("button", name="Accept").click()
        expect(window.get_by_text("Draft has been changed since it was shown")).to_be_visible()
        expect(card.locator(".state")).to_have_text("Draft, edited")
        self.assertEqual(self.only_draft()["state"], "edited")

    def test_a_site_has_nothing_decided_that_came_up_elsewhere(self):
        widget, _ = self.drafted()
        other = Site()
        self.addCleanup(other.close)
        other.server = self.site.server
        draft = self.only_draft()["id"]
        # A site that the settings do not name; and one that they name, about a draft that is not its.
        self.expect_refused(other, draft, "Pages of this site are not allowed to ask")
        self.home.end()
        self.allow(self.site.origin, other.origin)
        self.come_in()
        self.expect_refused(other, draft, "Linked draft not found or access denied")
        # Nor one of the user's own, whoever asks.
        own = self.ask_server("POST", "/api/v1/conversations", {})["id"]
        body = {"content": {"text": "my own plan"}, "intent": "draft_task_list", "reply": True}
        self.ask_server("POST", f"/api/v1/conversations/{own}/messages", body)
        self.home.until("my own plan", "draft", "list")
        (draft,) = self.ask_server("GET", f"/api/v1/drafts?conversation_id={own}")["drafts"]
        self.expect_refused(self.site, draft["id"], "Linked draft not found or access denied")

    def expect_refused(self, site, draft, why):
        tab = self.context.new_page()
        tab.goto(f"{site.origin}/nothing")
        with self.context.expect_page() as opened:
            tab.evaluate(
                """address => {
                  addEventListener("message", ({ source }) => source.postMessage({ mmogit: "asking" }, "*"));
                  void open(address);
                }""",
                f"{site.server}/embed#draft={draft}&do=accept&origin={site.origin}",
            )
        window = opened.value
        expect(window.locator("#told-why")).to_contain_text(why)
        expect(window.get_by_role("button", name="Accept")).to_be_hidden()
        window.close()
        tab.close()

    def test_a_draft_of_an_answer_that_broke_off_says_so(self):
        widget = self.connected()
        widget.panel.get_by_role("combobox", name="What is asked for").select_option(label="Draft a task list")
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        widget.button("Stop").click()
        card = widget.panel.locator(".card")
        expect(card.locator(".cut")).to_have_text("The AI’s answer broke off.")
        window = self.window_of(widget, card, "Accept")
        expect(window.get_by_text("The AI’s answer broke off: what it wrote is not whole.")).to_be_visible()

    def test_where_windows_are_kept_apart_a_decision_is_seen_when_its_user_is_back(self):
        self.site.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        self.come_in()
        widget = self.embed()
        window = widget.ask_to_be_let_in()
        window.get_by_role("button", name="Allow").click()
        widget.use_code_of(window)
        self.draft(widget, "plan the week")
        card = widget.panel.locator(".card")
        deciding = self.window_of(widget, card, "Accept")
        with deciding.expect_event("close"):
            deciding.get_by_role("button", name="Accept").click()
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        expect(card.locator(".state")).to_have_text("Accepted")

    def test_another_tab_hears_of_a_decision(self):
        widget, card = self.drafted()
        second = self.embed()
        other = second.panel.locator(".card")
        expect(other.locator(".state")).to_have_text("Draft")
        self.decide(widget, card, "Accept")
        expect(other.locator(".state")).to_have_text("Accepted")

    def test_a_draft_is_called_in_plain_words_and_viewed_as_it_is_meant(self):
        widget, card = self.drafted()
        draft = self.only_draft()["id"]
        long = "\n\n".join(["# The **launch** `plan`", "![](x) _First_ we test.", "```sh\nls\n```", *["and on"] * 30])
        self.ask_server("PATCH", f"/api/v1/drafts/{draft}", {"content": {"text": long}})
        widget.tab.reload()
        expect(card.locator("p").first).to_have_text("Draft, edited The launch plan")
        card.get_by_role("button", name="View").click()
        text = card.locator(".draft")
        expect(text.get_by_role("heading", name="The launch plan")).to_be_in_viewport()
        expect(text.locator("code").last).to_have_text("ls\n")
        widget.picture("widget-draft-drawn")
        widget.check_accessibility("a draft that is drawn")
        # All of the card is in view, not below where one writes.
        inside = """(card) => {
          const [own, area] = [card, card.closest(".scroll")].map((part) => part.getBoundingClientRect());
          return own.top >= area.top && own.bottom <= area.bottom;
        }"""
        self.assertTrue(card.evaluate(inside))
        text.get_by_role("button", name="Copy").click()
        expect(text.get_by_role("button", name="Copied")).to_be_visible()
        # Words alone, where there is nothing but code.
        self.ask_server("PATCH", f"/api/v1/drafts/{draft}", {"content": {"text": "```sh\nls -l\n```"}})
        widget.tab.reload()
        expect(card.locator("p").first).to_have_text("Draft, edited ls -l")

    def test_blocks_are_edited_as_their_markdown(self):
        widget, card = self.drafted()
        draft = self.only_draft()["id"]
        blocks = [
            {"type": "heading", "level": 2, "content": "Plan"},
            {"type": "list", "content": "- one\n- two"},
            {"type": "code", "language": "sh", "content": "echo ```"},
        ]
        self.ask_server("PATCH", f"/api/v1/drafts/{draft}", {"content": {"blocks": blocks}})
        widget.tab.reload()
        card.get_by_role("button", name="Edit").click()
        field = card.get_by_role("textbox", name="The draft’s text")
        expect(field).to_have_value("## Plan\n\n- one\n- two\n\n````sh\necho ```\n````")


if __name__ == "__main__":
    unittest.main()
