"""The widget on a page of another site, under a strict policy: what a person does with it."""

import gzip
import signal
import unittest

from browser import expect
from embedded import WidgetTest


class Embedded(WidgetTest):
    def is_expected(self, trouble):
        # A token that ended; a site that is not named, which the browser keeps from reading.
        return any(word in trouble for word in ("401", "CORS", "ERR_FAILED"))

    def test_a_page_is_let_in_and_several_tabs_follow_each_other(self):
        widget = self.connected()
        widget.ask("something rich")
        for drawn in ["h3", "ol li", "pre code", "table", "blockquote"]:
            expect(widget.panel.locator(f".text {drawn}").first).to_be_visible()
        second = self.embed()
        expect(second.messages).to_have_count(2)
        second.ask("from the second tab")
        expect(widget.messages).to_have_count(4)
        # A model's markup does nothing here either.
        widget.ask("hostile")
        self.assertEqual(widget.tab.title(), "Somebody's page")

    def test_its_script_is_small(self):
        self.come_in()
        scripts = {}
        self.context.on("response", lambda answer: answer.request.resource_type == "script" and scripts.update({answer.url: answer}))
        widget = self.embed()
        expect(widget.button("Connect")).to_be_visible()
        sizes = [len(gzip.compress(answer.body())) for url, answer in scripts.items() if url.startswith(self.site.server)]
        self.assertGreater(len(sizes), 20)
        self.assertLess(sum(sizes), 40_000)

    def test_not_now_lets_nobody_in(self):
        self.come_in()
        widget = self.embed()
        with widget.tab.context.expect_page() as opened:
            widget.button("Connect").click()
        window = opened.value
        expect(window.get_by_role("heading", name="Let this page speak for you?")).to_be_visible()
        # For a moment nobody can press it.
        focused = "dispatchEvent(new Event('focus')), document.querySelector('#allow').disabled"
        self.assertTrue(window.evaluate(focused))
        expect(window.locator("#allow")).to_be_enabled()
        window.get_by_role("button", name="Not now").click()
        expect(widget.button("Connect")).to_be_visible()
        self.assertEqual(widget.kept("token"), None)

    def test_a_window_that_another_page_opened_allows_nothing(self):
        self.allow(self.site.origin, "https://good.example")
        self.come_in()
        tab = self.context.new_page()
        self.site.headers.clear()
        tab.goto(f"{self.site.origin}/page")
        address = f"http://127.0.0.1:{self.home.port}/embed#origin=https%3A%2F%2Fgood.example"
        with self.context.expect_page() as opened:
            tab.evaluate("address => void window.open(address)", address)
        window = opened.value
        expect(window.get_by_role("heading", name="This window was not opened by that page")).to_be_visible()
        expect(window.get_by_role("button", name="Allow")).to_be_hidden()

    def test_a_site_that_the_settings_do_not_name_gets_no_widget(self):
        self.allow("https://good.example")
        self.come_in()
        tab = self.context.new_page()
        tab.goto(f"{self.site.origin}/page")
        tab.wait_for_timeout(1_500)
        self.assertIsNone(tab.evaluate("customElements.get('mmogit-chat') ?? null"))

    def test_where_windows_are_kept_apart_a_code_is_pasted(self):
        self.site.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        self.come_in()
        widget = self.embed()
        with widget.tab.context.expect_page() as opened:
            widget.button("Connect").click()
        window = opened.value
        window.get_by_role("button", name="Allow").click()
        expect(widget.panel.get_by_text("If the window shows a code, paste it here.")).to_be_visible()
        widget.use_code_of(window)
        widget.ask("hello")

    def test_nothing_typed_is_lost(self):
        self.come_in()
        widget = self.embed()
        widget.say("said before anybody was let in")
        expect(widget.panel.get_by_text("This page was not let in yet")).to_be_visible()
        widget.field.fill("half a sen")
        widget.tab.reload()
        expect(widget.field).to_have_value("half a sen")
        widget.connect()
        expect(widget.answers).to_have_count(1)
        expect(widget.field).to_have_value("half a sen")
        # The server goes; what is said meanwhile is sent once, when it is back and the page let in anew.
        self.home.end(signal.SIGKILL)
        widget.say("said to nobody")
        widget.field.fill("and this is not sent")
        expect(widget.panel.get_by_text("The server can’t be reached").first).to_be_visible()
        self.come_in()
        expect(widget.button("Connect")).to_be_visible(timeout=40_000)
        expect(widget.field).to_have_value("and this is not sent")
        widget.connect()
        expect(widget.answers).to_have_count(2, timeout=40_000)
        said = widget.panel.get_by_text("said to nobody", exact=True)
        expect(said).to_have_count(1)
        expect(widget.field).to_have_value("and this is not sent")

    def test_a_reply_is_followed_over_a_reload_and_stopped(self):
        widget = self.connected()
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        widget.field.fill("typed meanwhile")
        widget.tab.reload()
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        expect(widget.field).to_have_value("typed meanwhile")
        widget.button("Stop").click()
        expect(widget.panel.get_by_text("interrupted: the text is not whole")).to_be_visible()
        expect(widget.button("Retry")).to_be_visible()
        expect(widget.field).to_have_value("typed meanwhile")

    def test_an_error_belongs_to_its_conversation_and_is_asked_again(self):
        widget = self.connected()
        widget.say("fail now")
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        expect(widget.panel.get_by_text("Your message was not lost.")).to_be_visible()
        widget.button("New conversation").click()
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_be_hidden()
        widget.say("slowly now")
        expect(widget.panel.locator(".coming")).to_be_visible()
        widget.button("Conversations").click()
        widget.panel.locator(".hit", has_text="fail now").click()
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        expect(widget.panel.locator(".coming")).to_have_count(0)
        widget.button("Retry").click()
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        expect(widget.panel.locator(".messages").get_by_text("fail now", exact=True)).to_have_count(1)
        widget.button("Conversations").click()
        widget.panel.locator(".hit", has_text="slowly").or_(widget.panel.locator(".hit", has_text="word by word")).first.click()
        expect(widget.panel.get_by_text("The end.")).to_be_visible()

    def test_archived_renamed_and_back(self):
        widget = self.connected()
        widget.ask("about plans")
        widget.button("Settings").click()
        widget.panel.get_by_role("textbox", name="Title of this conversation").fill("Plans")
        widget.button("Rename").click()
        expect(widget.panel.get_by_role("heading", name="Plans")).to_be_visible()
        widget.button("Archive this conversation").click()
        expect(widget.panel.locator(".notice").get_by_text("Archived.", exact=True)).to_be_visible()
        expect(widget.messages).to_have_count(0)
        widget.button("Undo").click()
        expect(widget.messages).to_have_count(2)
        # By its name it is brought into another one.
        widget.button("New conversation").click()
        widget.field.press_sequentially("what of @pl")
        expect(widget.panel.locator(".names [role=option]")).to_have_count(1)
        widget.field.press("Enter")
        expect(widget.field).to_have_value("what of @plans ")
        widget.field.press("Enter")
        expect(widget.panel.get_by_text("Read 2 messages by tags")).to_be_visible()

    def test_nothing_that_was_said_is_kept_in_the_page(self):
        widget = self.connected()
        widget.ask("a secret word")
        kept = widget.tab.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }])")
        self.assertNotIn("secret", kept)
        names = widget.tab.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        self.assertEqual([name for name in names if not name.startswith("mmogit-chat/")], [])
        widget.button("Settings").click()
        widget.button("Disconnect this page").click()
        expect(widget.button("Connect")).to_be_visible()
        expect(widget.messages).to_have_count(0)


class Input(WidgetTest):
    def test_keys_and_focus(self):
        widget = self.connected()
        tab = widget.tab
        tab.keyboard.press("Escape")
        expect(widget.panel).to_be_hidden()
        expect(widget.launcher).to_be_focused()
        tab.get_by_role("link", name="A link").focus()
        tab.keyboard.press("Control+k")
        expect(widget.field).to_be_focused()
        tab.keyboard.press("Control+k")
        expect(widget.panel).to_be_hidden()
        expect(tab.get_by_role("link", name="A link")).to_be_focused()
        tab.keyboard.press("Control+k")
        # Nothing traps the focus: the page is reached from here, and it from the page.
        seen = set()
        for _ in range(30):
            tab.keyboard.press("Tab")
            seen.add(tab.evaluate("document.activeElement.localName"))
        self.assertIn("a", seen)
        self.assertIn("mmogit-chat", seen)
        widget.button("Settings").click()
        tab.keyboard.press("Escape")
        expect(widget.button("Settings")).to_be_focused()

    def test_what_is_composed_is_not_sent(self):
        widget = self.connected()
        widget.field.fill("日本")
        widget.field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
        widget.field.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
        expect(widget.field).to_have_value("日本")
        expect(widget.panel.locator(".messages article")).to_have_count(0)
        widget.field.press("Enter")
        expect(widget.answers).to_have_count(1)

    def test_moved_and_resized_by_keys_and_pointer_and_kept(self):
        widget = self.connected()
        before = widget.panel.bounding_box()
        widget.button("Move the chat: arrow keys").press("ArrowLeft")
        widget.button("Resize the chat: arrow keys").press("ArrowUp")
        after = widget.panel.bounding_box()
        self.assertLess(after["x"], before["x"])
        self.assertLess(after["height"], before["height"])
        title = widget.panel.locator("#title").bounding_box()
        widget.tab.mouse.move(title["x"] + 5, title["y"] + 5)
        widget.tab.mouse.down()
        widget.tab.mouse.move(title["x"] - 200, title["y"] - 60, steps=4)
        widget.tab.mouse.up()
        widget.tab.evaluate("() => new Promise(requestAnimationFrame)")
        moved = widget.panel.bounding_box()
        self.assertLess(moved["x"], after["x"] - 150)
        widget.tab.reload()
        expect(widget.panel).to_be_visible()
        self.assertEqual(widget.panel.bounding_box(), moved)

    def test_states_are_kept_and_told(self):
        widget = self.connected()
        widget.button("Settings").click()
        widget.panel.get_by_role("radio", name="At the left").check()
        expect(widget.tab.locator("mmogit-chat")).to_have_attribute("state", "docked-left")
        widget.tab.reload()
        expect(widget.panel).to_be_visible()
        self.assertEqual(widget.panel.bounding_box()["x"], 0)
        widget.button("Minimise").click()
        expect(widget.field).to_be_hidden()
        widget.button("Make it large again").click()
        expect(widget.tab.locator("mmogit-chat")).to_have_attribute("state", "docked-left")
        widget.tab.evaluate("document.querySelector('mmogit-chat').setAttribute('state', 'hidden')")
        expect(widget.launcher).to_be_visible()


if __name__ == "__main__":
    unittest.main()
