"""What somebody stumbles over who uses the widget for the first time."""

import json
import re
import unittest

from browser import expect
from embedded import Widget, WidgetTest

FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at.getAttribute("aria-label") ?? at.innerText;
}"""

CUT = """(text) => Math.max(text.scrollHeight - text.clientHeight, text.scrollWidth - text.clientWidth)"""

IS_AT_END = """(area) => Math.abs(area.scrollHeight - area.scrollTop - area.clientHeight) < 2"""


class Newcomer(WidgetTest):
    def is_expected(self, trouble):
        # A session that ended, and a message that is refused.
        return any(word in trouble for word in ("401", "400", "CORS", "ERR_FAILED", "ERR_INTERNET_DISCONNECTED"))

    def focused(self, widget):
        return widget.tab.evaluate(FOCUSED)

    def draft(self, widget, text="plan the week"):
        widget.panel.get_by_role("combobox", name="What is asked for").select_option(label="Draft a task list")
        widget.ask(text)
        card = widget.panel.locator(".card").last
        expect(card.get_by_role("button", name="Edit")).to_be_visible()
        return card

    def settled(self, widget):
        """What is drawn late was drawn."""
        widget.tab.evaluate("new Promise((resolve) => setTimeout(resolve, 700))")

    def expect_the_end(self, widget):
        self.settled(widget)
        self.assertTrue(widget.panel.locator(".scroll").evaluate(IS_AT_END))

    def test_who_was_logged_in_before_the_server_started_anew_is_let_in(self):
        self.come_in()
        url = self.restart()
        widget = self.embed()
        window = widget.ask_to_be_let_in()
        dialog = window.get_by_role("dialog", name="Come in first")
        expect(dialog).to_be_visible()
        expect(dialog.get_by_text("Your session has ended")).to_be_visible()
        self.assertFalse(window.locator("#told").is_visible())
        dialog.get_by_label("or paste the link here").fill(url)
        dialog.get_by_role("button", name="Open").click()
        expect(window.get_by_role("heading", name="Let this page speak for you?")).to_be_visible()
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("hello")

    def test_a_notice_goes_with_what_it_was_about(self):
        widget = self.connected()
        notice = widget.panel.locator(".notice")
        widget.say("x" * 70_000)
        expect(notice.get_by_text("can be sent at once")).to_be_visible()
        widget.ask("shorter")
        expect(notice).to_be_hidden()
        widget.button("Archive this conversation").click()
        expect(notice.get_by_text("Archived.")).to_be_visible()
        widget.ask("in another one")
        expect(notice).to_be_hidden()
        widget.say("x" * 70_000)
        expect(notice).to_be_visible()
        widget.button("New conversation").click()
        expect(notice).to_be_hidden()

    def test_the_focus_stays_where_it_is_of_use(self):
        widget = self.connected()
        tab = widget.tab
        widget.say("fail now")
        retry = widget.button("Retry")
        retry.focus()
        with tab.expect_request("**/events"):
            tab.keyboard.press("Enter")
        expect(widget.field).to_be_focused()
        expect(widget.panel.locator(".coming")).to_have_count(0)
        expect(retry).to_be_visible()
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        tab.keyboard.press("Escape")
        retry.focus()
        tab.keyboard.press("Enter")
        expect(widget.button("Stop")).to_be_visible()
        tab.keyboard.press("Escape")
        expect(widget.button("Stop")).to_be_hidden()
        expect(widget.panel).to_be_visible()
        for state in ("floating", "docked-right"):
            widget.element.evaluate("(chat, state) => chat.setAttribute('state', state)", state)
            widget.button("Minimise").focus()
            tab.keyboard.press("Enter")
            self.assertEqual(self.focused(widget), "Make it large again")
            tab.keyboard.press("Enter")
            expect(widget.field).to_be_focused()
        widget.button("Archive this conversation").click()
        expect(widget.field).to_be_focused()
        # What is archived has no field to write in.
        widget.button("Conversations").click()
        widget.panel.get_by_role("checkbox", name="Archived ones").check()
        widget.panel.locator(".hit").first.click()
        expect(widget.field).to_be_hidden()
        widget.button("Minimise").focus()
        tab.keyboard.press("Enter")
        tab.keyboard.press("Enter")
        expect(widget.panel.locator(".scroll")).to_be_focused()

    def test_the_focus_comes_back_to_the_draft_that_was_decided(self):
        widget = self.connected()
        card = self.draft(widget)
        accept = card.get_by_role("button", name="Accept")
        accept.focus()
        with widget.tab.context.expect_page() as opened:
            widget.tab.keyboard.press("Enter")
        window = opened.value
        with window.expect_event("close"):
            window.get_by_role("button", name="Accept", exact=True).click()
        expect(card.locator(".state")).to_have_text("Accepted")
        self.assertEqual(self.focused(widget), "View")

    def title(self):
        """What the only conversation is called in the record, and so at the command line."""
        self.home.until("thread_", "thread-list", "--ids")
        (thread,) = json.loads(self.home.run("thread-list", "--json"))["threads"]
        return thread["title"]

    def test_the_window_says_what_is_decided_and_that_it_is_for_good(self):
        widget = self.connected()
        card = self.draft(widget)
        conversation = self.ask_server("GET", "/api/v1/conversations")["conversations"][0]["id"]
        for title in (None, "Plans"):
            self.ask_server("PATCH", f"/api/v1/conversations/{conversation}", {"title": title})
            named = f"in the conversation \u2068“{title or self.title()}”\u2069"
            for deed, meaning in (("Accept", "can’t be edited or discarded any more"), ("Discard", "can’t be edited or accepted any more")):
                with widget.tab.context.expect_page() as opened:
                    card.get_by_role("button", name=deed).click()
                window = opened.value
                expect(window).to_have_title(f"mmogit: {deed} this draft?")
                expect(window.locator("#draft")).to_contain_text(named)
                expect(window.locator("#draft")).to_contain_text(meaning)
                if deed == "Accept":
                    (draft,) = json.loads(self.home.run("draft", "list", "--json"))["drafts"]
                    expect(window.locator("#draft")).to_contain_text(f"mmogit draft apply {draft['id'][:8]} --to FILE")
                Widget(self, window).picture(f"newcomer-{deed.lower()}")
                window.close()

    def test_escape_closes_what_is_open_and_takes_no_text(self):
        widget = self.connected()
        card = self.draft(widget)
        text = card.get_by_role("group", name="The draft’s text")
        card.get_by_role("button", name="View").click()
        expect(text).to_be_visible()
        widget.tab.keyboard.press("Escape")
        expect(text).to_be_hidden()
        expect(widget.panel).to_be_visible()
        card.get_by_role("button", name="Edit").click()
        field = card.get_by_role("textbox", name="The draft’s text")
        field.fill("my own plan")
        widget.tab.keyboard.press("Escape")
        expect(field).to_be_hidden()
        expect(widget.panel).to_be_visible()
        expect(card.get_by_text("What you wrote is kept.")).to_be_visible()
        widget.picture("newcomer-draft-aside")
        # A look at the server opens nothing.
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        self.settled(widget)
        expect(field).to_be_hidden()
        card.get_by_role("button", name="Edit").click()
        expect(field).to_have_value("my own plan")
        field.fill("  ")
        card.get_by_role("button", name="Save").click()
        expect(card.get_by_role("alert")).to_have_text("A draft can’t be empty. To be rid of it, cancel and discard it.")
        card.get_by_role("button", name="Cancel").click()
        expect(card.get_by_text("What you wrote is kept.")).to_be_hidden()
        widget.tab.keyboard.press("Escape")
        expect(widget.panel).to_be_hidden()

    def test_a_first_message_that_is_refused_leaves_nothing_behind(self):
        widget = self.connected()
        widget.say("@a1 @b2 @c3 @d4 @e5 @f6")
        expect(widget.panel.get_by_text("Not sent: Message has 6 tags")).to_be_visible()
        expect(widget.panel.locator(".loading")).to_be_hidden()
        expect(widget.panel.locator("#title")).to_have_text(re.compile(r"^chat_\d{8}_\d{6}$"))
        widget.picture("newcomer-refused")
        widget.button("Discard").click()
        expect(widget.panel.get_by_role("heading", name="New conversation")).to_be_visible()
        expect(widget.field).to_be_focused()
        widget.button("Conversations").click()
        expect(widget.panel.get_by_text("No conversation yet.")).to_be_visible()
        # Mended instead, it is said where it was begun.
        widget.button("New conversation").click()
        widget.say("@a1 @b2 @c3 @d4 @e5 @f6")
        widget.button("Edit").click()
        widget.ask("@a1 and no more")
        listed = self.ask_server("GET", "/api/v1/conversations")["conversations"]
        self.assertEqual([one["message_count"] for one in listed], [2])

    def test_the_end_is_in_view_whatever_is_drawn_late(self):
        widget = self.connected()
        widget.ask("a long one")
        self.expect_the_end(widget)
        card = self.draft(widget)
        self.expect_the_end(widget)
        widget.tab.reload()
        expect(card.get_by_role("button", name="Edit")).to_be_visible()
        self.expect_the_end(widget)
        card.get_by_role("button", name="View").click()
        self.settled(widget)
        box, area = card.bounding_box(), widget.panel.locator(".scroll").bounding_box()
        self.assertGreaterEqual(area["y"] + area["height"] + 1, box["y"] + box["height"])
        widget.picture("newcomer-view")
        # Whoever reads above stays there.
        widget.panel.locator(".scroll").evaluate("(area) => (area.scrollTop = 40)")
        self.settled(widget)
        card.locator(".draft").evaluate("(text) => (text.style.minHeight = '14rem')")
        self.settled(widget)
        self.assertEqual(widget.panel.locator(".scroll").evaluate("(area) => area.scrollTop"), 40)

    def test_a_title_is_written_or_taken_away(self):
        widget = self.connected()
        widget.ask("about plans")
        heading = widget.panel.locator("#title")
        usual = self.title()
        expect(heading).to_have_text(usual)
        self.assertLessEqual(heading.evaluate(CUT), 1)
        widget.button("Settings").click()
        title = widget.panel.get_by_role("textbox", name="Title of this conversation")
        for nothing in ("", "   "):
            title.fill(nothing)
            widget.button("Rename").click()
            expect(widget.panel.locator(".rename").get_by_role("alert")).to_have_text("It has no title yet: write one.")
        widget.picture("newcomer-rename")
        title.fill("Plans")
        title.press("Enter")
        expect(heading).to_have_text("Plans")
        widget.button("Settings").click()
        title.fill("")
        title.press("Enter")
        expect(heading).to_have_text(usual)

    def test_a_title_without_room_is_seen_whole_where_it_can_be(self):
        widget = self.connected()
        widget.ask("about plans")
        size = widget.button("Resize the chat: arrow keys")
        for _ in range(6):
            size.press("ArrowLeft")
        self.assertEqual(widget.panel.bounding_box()["width"], 300)
        heading = widget.panel.locator("#title")
        self.assertLessEqual(heading.evaluate(CUT), 1)
        widget.picture("newcomer-small")
        widget.check_accessibility("at its smallest")

    def test_the_page_is_told_where_it_stands_and_how_wide(self):
        self.home.serve()
        widget = self.embed(state=None)
        expect(widget.launcher).to_be_visible()
        self.assertEqual(widget.element.get_attribute("state"), "hidden")
        widget.element.evaluate(
            """(chat) => {
              chat.told = [];
              chat.addEventListener("state", ({ detail }) => chat.told.push([detail.state, detail.width]));
            }"""
        )
        widget.element.evaluate("(chat) => chat.setAttribute('state', 'docked-right')")
        widget.button("Resize the chat: arrow keys").press("ArrowLeft")
        widget.button("Hide (Ctrl+K)").click()
        told = widget.element.evaluate("(chat) => chat.told")
        self.assertEqual(told, [["docked-right", 400], ["docked-right", 424], ["hidden", 0]])

    def test_what_was_not_allowed_is_said(self):
        self.come_in()
        widget = self.embed()
        said = widget.panel.locator(".entry").get_by_role("alert")
        window = widget.ask_to_be_let_in()
        expect(window).to_have_title("mmogit: Let this page speak for you?")
        expect(window.get_by_text("in the settings here, under “Logged in”")).to_be_visible()
        with window.expect_event("close"):
            window.get_by_role("button", name="Not now").click()
        expect(said).to_have_text("Nothing was allowed yet. If the window shows a code, paste it here.")
        expect(widget.panel.get_by_role("textbox", name="Paste it here")).to_be_visible()
        widget.picture("newcomer-not-now")
        widget.check_accessibility("nothing was allowed")
        widget.connect()
        expect(said).to_be_hidden()
        widget.ask("hello")

    def test_nobody_is_asked_while_the_server_is_away(self):
        widget = self.connected()
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        widget.button("Stop").click()
        expect(widget.button("Retry")).to_be_visible()
        widget.tab.context.set_offline(True)
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        expect(widget.panel.get_by_text("The server can’t be reached").first).to_be_visible()
        expect(widget.button("Retry")).to_have_count(0)
        widget.picture("newcomer-away")
        widget.tab.context.set_offline(False)
        expect(widget.button("Retry")).to_be_visible()

    def test_a_phone_is_offered_what_it_can_do(self):
        context = self.new_context(viewport={"width": 390, "height": 760}, has_touch=True, is_mobile=True)
        widget = self.connected(context)
        widget.button("Settings").click()
        expect(widget.panel.get_by_role("group", name="Colours")).to_be_visible()
        expect(widget.panel.get_by_role("group", name="Place")).to_be_hidden()
        expect(widget.panel.locator(".keys")).to_be_hidden()
        widget.picture("newcomer-phone")


if __name__ == "__main__":
    unittest.main()
