"""Several people at one browser: each comes in with a passphrase, and sees nothing of another."""

import json
import unittest

import served
from browser import PageTest, expect


class Profiles(PageTest):
    def new_home(self):
        return served.Homes()

    def is_expected(self, trouble):
        # A session that ended is refused, which browsers write down.
        return "401" in trouble

    def log_in(self, page, name):
        dialog = page.tab.get_by_role("dialog", name="Open the conversation")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Passphrase").fill(self.home.passphrase(name))
        dialog.get_by_role("button", name="Log in").click()
        expect(dialog).to_be_hidden(timeout=30_000)

    def log_out(self, page):
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()

    def expect_nothing_of(self, page, *texts):
        """Neither in what is seen nor in what is there."""
        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        expect(page.field).to_have_value("")
        fields = page.tab.evaluate("Array.from(document.querySelectorAll('input, textarea'), (field) => field.value).join()")
        for text in texts:
            self.assertNotIn(text, page.tab.content() + fields)

    def test_another_person_sees_nothing_and_the_first_finds_all_again(self):
        page = self.open()
        self.log_in(page, "ana")
        page.ask("what only ana knows")
        page.field.fill("what ana began to write")
        page.tab.get_by_role("button", name="Threads").click()
        page.tab.locator("#threads .hit").first.click()
        expect(page.tab.locator("#thread article").first).to_be_visible()
        for _ in range(2):
            page.tab.keyboard.press("Escape")
        self.log_out(page)
        page.button("Log out and keep it").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()
        expect(page.messages).to_have_count(0)
        expect(page.field).to_have_value("")
        self.log_in(page, "ben")
        self.expect_nothing_of(page, "ana knows", "ana began")
        page.ask("what ben says")
        self.log_out(page)
        self.log_in(page, "ana")
        page.expect_texts("what only ana knows", "I heard: what only ana knows")
        expect(page.field).to_have_value("what ana began to write")

    def test_what_is_to_be_deleted_at_log_out_is_gone_from_the_browser(self):
        page = self.open()
        self.log_in(page, "ana")
        page.field.fill("what ana began to write")
        self.log_out(page)
        page.button("Log out and delete it").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()
        kept = page.tab.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
        self.assertNotIn("began", kept)
        self.log_in(page, "ana")
        expect(page.field).to_have_value("")

    def test_a_session_that_ends_while_one_types_takes_no_text_with_it(self):
        page = self.open()
        self.log_in(page, "ana")
        page.ask("one")
        page.field.press_sequentially("half a thought")
        self.end_all_sessions("ana")
        # Whatever is asked for next is refused, if the page does not know it yet.
        page.tab.keyboard.press("Alt+t")
        dialog = page.tab.get_by_role("dialog", name="Open the conversation")
        expect(dialog).to_be_visible(timeout=30_000)
        expect(dialog.get_by_text("What you typed is kept.")).to_be_visible()
        expect(dialog.get_by_label("Name")).to_have_value("ana")
        expect(page.messages).to_have_count(0)
        expect(page.field).to_have_value("")
        page.picture("expired")
        self.log_in(page, "ana")
        expect(page.field).to_have_value("half a thought")
        page.expect_texts("one", "I heard: one")

    def test_a_text_of_an_ended_session_is_not_anothers(self):
        page = self.open()
        self.log_in(page, "ana")
        page.ask("what only ana knows")
        page.field.fill("what ana began to write")
        self.end_all_sessions("ana")
        page.tab.reload()
        self.log_in(page, "ben")
        self.expect_nothing_of(page, "ana knows", "ana began")

    def test_the_list_of_sessions_says_which_browser_each_is(self):
        page = self.open()
        self.log_in(page, "ana")
        other = self.open(self.home.told["url"], self.new_context(user_agent="Another browser 7.1"))
        self.log_in(other, "ana")
        page.tab.get_by_role("button", name="Settings").click()
        sessions = page.tab.locator("#settings .sessions li")
        expect(sessions.filter(has_text="This browser")).to_have_count(1)
        expect(sessions.filter(has_text="Another browser 7.1")).to_have_count(1)

    def end_all_sessions(self, name):
        """As the server does when their time is over."""
        body = {"username": name, "passphrase": self.home.passphrase(name)}
        token = self.ask("POST", "/api/login", body)["token"]
        sessions = self.ask("GET", "/api/sessions", token=token)["sessions"]
        for session in sorted(sessions, key=lambda session: session["current"]):
            self.ask("DELETE", f"/api/sessions/{session['id']}", token=token)

    def ask(self, method, path, body=None, token=""):
        return json.loads(self.home.ask(method, path, body, token) or "null")


if __name__ == "__main__":
    unittest.main()
