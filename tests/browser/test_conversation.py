"""Saying, hearing, stopping, asking again, clearing; and nothing lost on the way."""

import json
import signal
import time
import unittest

from browser import WAY_IN, PageTest, expect

SLOW = "This answer comes word by word, as they do. " * 8 + "The end."

# What a screen reader says.
LISTEN = """window.heard = [];
  addEventListener("DOMContentLoaded", () => {
    const line = document.querySelector("#status");
    new MutationObserver(() => line.textContent === "" || heard.push(line.textContent)).observe(line, { childList: true });
  });"""


class Entry(PageTest):
    def test_a_link_opens_the_page_once_and_leaves_no_token_in_the_address(self):
        url = self.home.serve()
        page = self.open(url)
        expect(page.field).to_be_focused()
        self.assertNotIn("#", page.tab.url)
        page.tab.reload()
        expect(page.field).to_be_focused()
        stranger = self.open(url, self.new_context())
        expect(stranger.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()
        expect(stranger.tab.get_by_role("alert")).not_to_be_empty()

    def is_expected(self, trouble):
        # A link used twice, and a token of another run, are refused, which browsers write down.
        return "401" in trouble

    def test_who_did_something_before_all_was_there_is_not_moved(self):
        held = []
        self.context.route("**/api/launch", lambda route: held.append(route))
        tab = self.context.new_page()
        with tab.expect_request("**/api/launch"):
            tab.goto(self.home.serve())
        inner = tab.get_by_role("tab", name="Inner Dialogue")
        inner.focus()
        held[0].continue_()
        expect(tab.locator('html[data-connection="online"]')).to_be_attached()
        expect(inner).to_be_focused()

    def test_a_server_started_anew_asks_for_a_link_and_what_was_typed_stays(self):
        page = self.open()
        page.ask("one")
        page.field.fill("not sent yet")
        link = self.restart()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible(timeout=30_000)
        page.tab.get_by_label("or paste the link here").fill(link)
        page.button("Open").click()
        expect(page.tab.get_by_role("dialog")).to_have_count(0)
        expect(page.field).to_have_value("not sent yet")
        page.expect_texts("one", "I heard: one")

    def test_a_link_opened_in_another_tab_lets_the_first_one_in_too(self):
        page = self.open()
        page.ask("one")
        link = self.restart()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible(timeout=30_000)
        self.open(link)
        expect(page.tab.get_by_role("dialog")).to_have_count(0)
        page.ask("two")


class Saying(PageTest):
    def test_a_message_is_answered_and_both_carry_their_proof(self):
        page = self.open()
        page.ask("good morning")
        page.expect_texts("good morning", "I heard: good morning")
        expect(page.panel.get_by_role("button", name="Verified")).to_have_count(2)
        expect(page.field).to_have_value("")
        self.home.until("good morning", "thread-search", "morning")

    def test_shift_enter_begins_a_line_and_blank_text_is_not_sent(self):
        page = self.open()
        page.field.fill("one")
        page.field.press("Shift+Enter")
        page.tab.keyboard.type("two")
        expect(page.field).to_have_value("one\ntwo")
        page.field.fill("  \n ")
        page.field.press("Enter")
        expect(page.messages).to_have_count(0)

    def test_an_input_methods_enter_sends_nothing(self):
        page = self.open()
        page.field.fill("ni hao")
        page.field.evaluate(
            "field => field.dispatchEvent(new KeyboardEvent('keydown', "
            "{ key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
        )
        expect(page.field).to_have_value("ni hao")
        expect(page.messages).to_have_count(0)

    def test_the_answer_grows_and_what_is_typed_meanwhile_stays(self):
        page = self.open()
        page.say("slowly, please")
        coming = page.panel.locator("article.coming .text")
        expect(coming).to_contain_text("word by word")
        page.field.fill("a thought")
        expect(page.messages.last).to_contain_text("The end.", timeout=30_000)
        expect(page.panel.locator(".coming")).to_have_count(0)
        expect(page.field).to_have_value("a thought")

    def test_an_answer_is_drawn_as_it_comes(self):
        page = self.open()
        page.say("hang on, rich")
        coming = page.panel.locator("article.coming .text")
        expect(coming.get_by_role("heading", name="A heading")).to_be_visible()
        expect(coming.locator("pre")).to_have_attribute("tabindex", "0")
        expect(coming.locator("blockquote")).to_have_text("quoted")
        text = coming.inner_text()
        self.assertNotIn("```", text)
        height = coming.bounding_box()["height"]
        page.button("Stop").click()
        expect(page.panel.locator(".coming")).to_have_count(0)
        drawn = page.messages.last.locator(".text")
        self.assertEqual(drawn.inner_text(), text)
        self.assertAlmostEqual(drawn.bounding_box()["height"], height, delta=2)

    def test_a_second_message_is_answered_after_the_first(self):
        page = self.open()
        page.say("slowly, please")
        expect(page.panel.locator("article.coming .text")).to_contain_text("word")
        page.say("and you?")
        expect(page.messages.nth(2)).to_contain_text("and you?")
        expect(page.messages.nth(2)).to_be_in_viewport()
        waiting = page.panel.get_by_text("Waits for the answer before it")
        expect(page.messages.last).to_contain_text("Waits for the answer before it")
        expect(waiting).to_be_in_viewport()
        answers = page.panel.locator("article.ai:not(.coming)")
        expect(answers).to_have_count(2, timeout=40_000)
        page.expect_texts("slowly, please", SLOW, "and you?", "I heard: and you?")
        page.tab.reload()
        page.expect_texts("slowly, please", SLOW, "and you?", "I heard: and you?")

    def check_stop(self, stop):
        page = self.open()
        page.say("hang on")
        expect(page.panel.locator("article.coming .text")).to_contain_text("begins")
        stop(page)
        expect(page.panel.locator(".coming")).to_have_count(0)
        expect(page.messages.last).to_contain_text("This is how it begins")
        expect(page.messages.last).to_contain_text("interrupted by you")
        expect(page.panel.get_by_text("not whole")).to_have_count(1)
        expect(page.button("Retry")).to_be_visible()
        expect(page.button("Stop")).to_be_hidden()

    def test_stop_keeps_what_came(self):
        self.check_stop(lambda page: page.button("Stop").click())

    def test_escape_stops_too(self):
        self.check_stop(lambda page: page.tab.keyboard.press("Escape"))

    def test_a_failure_says_so_and_retry_stores_the_question_once(self):
        page = self.open()
        page.say("fail now")
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        expect(page.panel.get_by_text("Your message was not lost.")).to_be_visible()
        with page.tab.expect_response("**/retry"):
            page.button("Retry").click()
        # Where the answer would come stands meanwhile.
        page.expect_texts("fail now")
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        page.tab.reload()
        page.expect_texts("fail now")
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_be_visible()

    def test_another_try_begins_anew(self):
        page = self.open()
        model = self.home.folder / "model"
        page.say(f"fail unless there is {model}")
        expect(page.panel.locator(".why")).to_be_visible()
        model.touch()
        page.button("Retry").click()
        expect(page.panel.locator("article.coming .text")).to_contain_text("word by word")
        expect(page.panel.locator(".why")).to_have_count(0)
        expect(page.messages.last).to_contain_text("The end.")
        expect(page.panel.locator(".retry")).to_have_count(0)

    def test_nothing_that_an_ai_says_runs(self):
        page = self.open()
        answer = page.ask("be hostile")
        expect(answer).to_contain_text("<script>")
        self.assertEqual(page.tab.title(), "mmogit")
        for raw in ("script", "img", "style", "form", "input", "a[href^=javascript]"):
            self.assertEqual(answer.locator(f".text {raw}").count(), 0, raw)

    def test_markdown_is_drawn_and_code_can_be_copied(self):
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = self.open()
        answer = page.ask("something rich")
        expect(answer.get_by_role("heading", name="A heading")).to_be_visible()
        expect(answer.get_by_role("table")).to_be_visible()
        link = answer.get_by_role("link", name="a link")
        self.assertIn("noopener", link.get_attribute("rel"))
        answer.locator("pre").hover()
        answer.locator("pre").get_by_role("button", name="Copy").click()
        page.until("navigator.clipboard.readText().then((text) => text.includes('fn main() {'))")

    def test_what_is_too_long_stays_where_it_was_written(self):
        page = self.open()
        expect(page.panel.get_by_text("Who answers: ")).to_be_visible()
        text = "a line of a log, " * 4_000
        page.say(text)
        expect(page.tab.locator("#notice")).to_contain_text("64 KiB can be sent at once")
        expect(page.field).to_have_value(text)
        expect(page.messages).to_have_count(0)
        page.picture("too-long")

    def test_what_a_server_finds_too_long_can_be_written_on(self):
        page = self.open()
        expect(page.panel.get_by_text("Who answers: ")).to_be_visible()
        page.tab.route("**/api/persona_chat", lambda route: route.fulfill(status=413, json={"error": "The request is too large"}))
        page.say("as if it were long")
        expect(page.panel.get_by_text("Not sent: The request is too large")).to_be_visible()
        expect(page.button("Send again")).to_have_count(0)
        page.picture("refused")
        page.field.fill("and more")
        page.button("Edit").click()
        expect(page.field).to_have_value("and more\n\nas if it were long")
        expect(page.messages).to_have_count(0)

    def test_stopping_before_the_first_word_is_no_failure(self):
        page = self.open()
        page.say("nothing, please")
        expect(page.panel.get_by_text("Thinking…")).to_be_visible()
        page.button("Stop").click()
        expect(page.panel.get_by_text("You stopped it before an answer came.")).to_be_visible()
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_have_count(0)
        page.picture("stopped-early")
        page.tab.reload()
        expect(page.panel.get_by_text("You stopped it before an answer came.")).to_be_visible()
        page.button("Retry").click()
        expect(page.panel.get_by_text("Thinking…")).to_be_visible()
        page.button("🗑️ Clear").click()
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        expect(page.panel.locator(".retry")).to_have_count(0)

    def is_expected(self, trouble):
        return "413" in trouble


class WhoAnswers(PageTest):
    def test_the_empty_page_says_who_answers(self):
        page = self.open()
        expect(page.panel.locator(".answers")).to_contain_text("command")

    def test_it_says_what_to_do_where_nobody_does(self):
        self.home.answers = ["--backend", "offline"]
        page = self.open()
        expect(page.panel.locator(".answers")).to_contain_text("Nobody answers here: what you write is kept.")
        expect(page.panel.locator(".answers")).to_contain_text("install Crush")
        page.picture("nobody")

    def test_an_answer_that_nobody_gives_is_not_complete(self):
        self.home.answers = ["--backend", "offline"]
        self.context.add_init_script(LISTEN)
        page = self.open()
        page.say("anybody?")
        why = "There is no AI to ask. Install Crush, or start the server with another backend: mmogit serve --help names them."
        expect(page.panel.locator(".why")).to_have_text(why)
        self.until_heard(page, "AI couldn’t respond.")
        self.assertNotIn("complete", page.tab.evaluate("heard.join()"))
        page.tab.reload()
        expect(page.panel.locator(".why")).to_have_text(why)
        page.tab.wait_for_timeout(500)
        self.assertEqual(page.tab.evaluate("heard.join()"), "")
        page.button("🗑️ Clear").click()
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        page.tab.reload()
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        expect(page.panel.locator(".why")).to_have_count(0)

    def test_an_end_is_said_though_nothing_of_its_beginning_was_heard(self):
        greeting = {"type": "hello", "data": {"run": "", "views": {"conversation": 0, "inner": 0}, "replies": []}}
        calls = []

        def events(route):
            calls.append(route)
            if len(calls) == 1:
                # And there the connection ends.
                route.fulfill(content_type="text/event-stream", body=f"data: {json.dumps(greeting)}\n\n")
                return
            if len(calls) == 2:
                self.home.ask("POST", "/api/persona_chat", {"mode": "conversation", "message": "fail, please"})
            route.continue_()

        self.home.serve()
        self.context.route("**/api/events", events)
        self.context.add_init_script(LISTEN)
        page = self.open(self.home.told["url"])
        self.until_heard(page, "AI couldn’t respond.")
        self.assertNotIn("complete", page.tab.evaluate("heard.join()"))

    def test_of_two_tries_between_two_looks_the_second_counts(self):
        reply = {"id": "f" * 64, "message": "f" * 64, "mode": "conversation", "state": "ended"}
        failed, answered = ({**reply, "outcome": one} for one in ({"error": "no model", "code": "failed"}, {"answer": "e" * 64}))
        greeting = {"type": "hello", "data": {"run": "", "views": {"conversation": 0, "inner": 0}, "replies": [failed]}}
        lines = [f"data: {json.dumps(one)}\n\n" for one in (greeting, {"type": "reply", "data": answered})]
        calls = []

        def events(route):
            calls.append(route)
            if len(calls) == 1:
                route.fulfill(content_type="text/event-stream", body="".join(lines))
            else:
                route.continue_()

        self.context.route("**/api/events", events)
        self.context.add_init_script(LISTEN)
        page = self.open()
        self.until_heard(page, "The answer is complete")

    def until_heard(self, page, words):
        page.until(f"heard.some((text) => text.includes('{words}'))")


class Clearing(PageTest):
    def test_clear_is_there_only_when_there_is_something_and_can_be_undone(self):
        page = self.open()
        expect(page.button("🗑️ Clear")).to_be_hidden()
        page.ask("one")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        expect(page.button("🗑️ Clear")).to_be_hidden()
        page.tab.reload()
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        page.button("Undo the clearing").click()
        page.expect_texts("one", "I heard: one")

    def test_clearing_takes_an_error_with_it(self):
        page = self.open()
        page.say("fail now")
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        page.button("🗑️ Clear").click()
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_have_count(0)

    def test_clearing_ends_a_running_answer(self):
        page = self.open()
        page.say("hang on")
        expect(page.panel.locator("article.coming .text")).to_contain_text("begins")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        expect(page.button("Stop")).to_be_hidden()
        page.ask("anew")
        page.expect_texts("anew", "I heard: anew")


class Modes(PageTest):
    def test_modes_never_mix_and_each_keeps_its_own_draft(self):
        page = self.open()
        page.ask("outside")
        page.field.fill("a draft outside")
        page.select("💭 Inner Dialogue")
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        expect(page.field).to_have_value("")
        page.ask("inside")
        page.expect_texts("inside", "I heard: inside")
        page.field.fill("a draft inside")
        page.tab.reload()
        expect(page.field).to_have_value("a draft inside")
        page.select("💬 Conversation")
        expect(page.field).to_have_value("a draft outside")
        page.expect_texts("outside", "I heard: outside")

    def test_tabs_are_walked_with_the_arrow_keys(self):
        page = self.open()
        page.tab.get_by_role("tab", name="💬 Conversation").focus()
        page.tab.keyboard.press("ArrowRight")
        inner = page.tab.get_by_role("tab", name="💭 Inner Dialogue")
        expect(inner).to_be_focused()
        expect(inner).to_have_attribute("aria-selected", "true")
        page.tab.keyboard.press("Home")
        expect(page.tab.get_by_role("tab", name="💬 Conversation")).to_be_focused()


class NothingLost(PageTest):
    def is_expected(self, trouble):
        return "401" in trouble

    def test_a_reply_survives_a_reload(self):
        page = self.open()
        page.say("slowly, please")
        coming = page.panel.locator("article.coming .text")
        expect(coming).to_contain_text("word by word")
        page.tab.reload()
        expect(coming).to_contain_text("This answer comes word by word")
        expect(page.messages.last).to_contain_text("The end.", timeout=30_000)
        self.assertEqual(len(page.texts()), 2)

    def test_a_reply_does_not_look_busy_when_the_server_is_away(self):
        page = self.open()
        page.say("hang on")
        coming = page.panel.locator("article.coming")
        expect(coming.locator(".text")).to_contain_text("begins")
        self.home.end(signal.SIGKILL)
        expect(coming).to_contain_text("Interrupted: there is no connection", timeout=30_000)
        expect(page.button("Stop")).to_be_hidden()

    def test_a_second_tab_follows_and_can_stop(self):
        page = self.open()
        other = self.open(self.home.told["url"].split(WAY_IN)[0])
        page.say("hang on")
        expect(other.panel.locator("article.coming .text")).to_contain_text("begins")
        other.button("Stop").click()
        for tab in (page, other):
            expect(tab.panel.locator(".coming")).to_have_count(0)
            expect(tab.messages).to_have_count(2)

    def test_the_tab_that_led_may_close(self):
        page = self.open()
        other = self.open(self.home.told["url"].split(WAY_IN)[0])
        expect(other.field).to_be_focused()
        page.tab.close()
        other.ask("still there?")

    def test_what_is_said_while_the_server_is_away_is_said_once_when_it_is_back(self):
        page = self.open()
        page.ask("one")
        self.home.end(signal.SIGKILL)
        page.say("two")
        expect(page.tab.get_by_text("The server can’t be reached.").first).to_be_visible(timeout=30_000)
        link = self.home.serve()
        self.open(link)
        expect(page.panel.locator("article.ai:not(.coming)")).to_have_count(2, timeout=40_000)
        page.expect_texts("one", "I heard: one", "two", "I heard: two")


class NothingKept(PageTest):
    """What the browser does not keep is sent all the same, and the page says that it is not kept."""

    # Up to the last character.
    FILL = """() => {
      for (let size = 1 << 22, number = 0; size > 0; number += 1) {
        try {
          localStorage.setItem(`full.${number}`, "x".repeat(size));
        } catch {
          size >>= 1;
        }
      }
    }"""
    # As where storage is blocked.
    BLOCK = """for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
    }"""

    def is_expected(self, trouble):
        return "503" in trouble

    def test_a_message_is_sent_where_there_is_no_room_to_keep_it(self):
        page = self.open()
        page.ask("one")
        page.tab.evaluate(self.FILL)
        page.say("two")
        expect(page.tab.locator("#notice")).to_contain_text("The browser keeps nothing now.")
        page.expect_texts("one", "I heard: one", "two", "I heard: two")
        expect(page.field).to_have_value("")
        self.home.until("I heard: two", "thread-search", "two")

    def test_a_message_that_waits_and_is_not_kept_says_so(self):
        page = self.open()
        page.ask("one")
        page.tab.evaluate(self.FILL)
        busy = {"status": 503, "json": {"error": "Too much to do"}}
        page.tab.route("**/api/persona_chat", lambda route: route.fulfill(**busy))
        page.say("two")
        waiting = page.panel.locator("article.unsent")
        expect(waiting).to_contain_text("Too much to do. The browser keeps nothing now: it will be sent if this tab stays open.")
        page.tab.unroute("**/api/persona_chat")
        expect(page.messages).to_have_count(4, timeout=20_000)
        page.expect_texts("one", "I heard: one", "two", "I heard: two")

    def test_a_message_is_sent_where_storage_is_blocked(self):
        self.context.add_init_script(self.BLOCK)
        page = self.open()
        page.say("one")
        expect(page.tab.locator("#notice")).to_contain_text("The browser keeps nothing now.")
        page.expect_texts("one", "I heard: one")


class Waiting(PageTest):
    def is_expected(self, trouble):
        return "503" in trouble

    def test_a_server_that_says_when_to_come_again_is_left_alone_until_then(self):
        page = self.open()
        page.ask("one")
        asked = []

        def refuse_once(route):
            asked.append(time.monotonic())
            if len(asked) > 1:
                route.continue_()
            else:
                route.fulfill(status=503, headers={"Retry-After": "4"}, json={"error": "Too much to do"})

        page.tab.route("**/api/persona_chat", refuse_once)
        page.say("two")
        page.expect_texts("one", "I heard: one", "two", "I heard: two")
        self.assertGreaterEqual(asked[1] - asked[0], 4)


class Scrolling(PageTest):
    def test_a_reader_is_left_where_they_are(self):
        page = self.open()
        page.ask("a long one")
        area = page.panel.locator(".scroll")
        area.evaluate("area => (area.scrollTop = 100)")
        page.tab.wait_for_timeout(100)
        second = self.open(self.home.told["url"].split(WAY_IN)[0])
        second.ask("news")
        jump = page.button("New messages ↓")
        expect(jump).to_be_visible()
        self.assertLess(area.evaluate("area => area.scrollTop"), 140)
        jump.click()
        expect(jump).to_be_hidden()
        end = area.evaluate("area => area.scrollHeight - area.scrollTop - area.clientHeight")
        self.assertLess(end, 4)


if __name__ == "__main__":
    unittest.main()
