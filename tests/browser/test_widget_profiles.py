"""Several people at one browser, and a page of another site: for whom it speaks, and for whom no longer."""

import unittest

import served
from browser import expect
from embedded import WidgetTest

ASKED = "Let this page speak for you?"


class Profiles(WidgetTest):
    def new_home(self):
        return served.Homes()

    def is_expected(self, trouble):
        # A session that ended is refused, which browsers write down.
        return "401" in trouble

    def served_page(self):
        """The server's own page."""
        return self.open(self.home.serve())

    def log_in_at(self, tab, name, dialog):
        dialog = tab.get_by_role("dialog", name=dialog)
        expect(dialog).to_be_visible()
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Passphrase").fill(self.home.passphrase(name))
        dialog.get_by_role("button", name="Log in").click()
        expect(dialog).to_be_hidden()

    def log_in(self, page, name):
        self.log_in_at(page.tab, name, "Open the conversation")

    def log_out(self, page):
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()

    def connect_as(self, widget, name):
        window = widget.ask_to_be_let_in()
        expect(window.locator("#who")).to_have_text(f"You are {name}")
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()

    def test_the_window_asks_for_a_name_and_says_whose_it_is(self):
        self.home.serve()
        widget = self.embed()
        window = widget.ask_to_be_let_in()
        self.log_in_at(window, "ana", "Come in first")
        expect(window.get_by_role("heading", name=ASKED)).to_be_visible()
        expect(window.locator("#who")).to_have_text("You are ana")
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("said by ana")

    def test_what_one_was_let_do_ends_with_their_log_in_and_is_not_the_next_ones(self):
        page = self.served_page()
        self.log_in(page, "ana")
        widget = self.embed()
        widget.say("written before anybody was let in")
        self.connect_as(widget, "ana")
        expect(widget.answers).to_have_count(1)
        widget.ask("what only ana knows")
        widget.field.fill("what ana began to write")
        self.log_out(page)
        # At its next look the page knows.
        widget.tab.bring_to_front()
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        expect(widget.button("Connect")).to_be_visible()
        expect(widget.messages).to_have_count(0)
        widget.say("said by ana to nobody")
        widget.field.fill("what ana began to write")
        self.log_in(page, "ben")
        self.connect_as(widget, "ben")
        expect(widget.field).to_have_value("")
        expect(widget.panel.get_by_text("Nothing here yet")).to_be_visible()
        widget.ask("what ben says")
        expect(widget.messages).to_have_count(2)
        widget.button("Conversations").click()
        expect(widget.panel.locator(".hit")).to_have_count(1)
        self.assertNotIn("ana", widget.panel.inner_text())
        widget.tab.keyboard.press("Escape")
        widget.field.fill("what ben began to write")
        # Ana comes back, and all of hers is there and sent.
        self.log_out(page)
        widget.tab.evaluate("dispatchEvent(new Event('focus'))")
        expect(widget.button("Connect")).to_be_visible()
        self.log_in(page, "ana")
        self.connect_as(widget, "ana")
        expect(widget.answers).to_have_count(3)
        expect(widget.panel.get_by_text("said by ana to nobody", exact=True)).to_have_count(1)
        expect(widget.field).to_have_value("what ana began to write")
        self.assertNotIn("ben", widget.panel.inner_text())

    def test_whoever_else_logs_in_while_the_window_asks_is_asked_anew(self):
        page = self.served_page()
        self.log_in(page, "ana")
        widget = self.embed()
        window = widget.ask_to_be_let_in()
        expect(window.locator("#who")).to_have_text("You are ana")
        self.log_out(page)
        expect(window.get_by_role("dialog", name="Come in first")).to_be_visible()
        self.log_in(page, "ben")
        expect(window.locator("#who")).to_have_text("You are ben")
        expect(window.get_by_role("heading", name=ASKED)).to_be_visible()
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("said by ben")
        page.tab.get_by_role("button", name="Settings").click()
        expect(page.tab.locator("#settings .sessions li", has_text=self.site.origin)).to_have_count(1)

    def test_a_page_that_is_disconnected_shows_nothing_typed_until_its_user_is_back(self):
        page = self.served_page()
        self.log_in(page, "ana")
        widget = self.embed()
        self.connect_as(widget, "ana")
        widget.ask("said by ana")
        widget.field.fill("what ana began to write")
        widget.button("Settings").click()
        widget.button("Disconnect this page").click()
        expect(widget.button("Connect")).to_be_visible()
        expect(widget.field).to_have_value("")
        self.connect_as(widget, "ana")
        expect(widget.field).to_have_value("what ana began to write")
        expect(widget.messages).to_have_count(2)


if __name__ == "__main__":
    unittest.main()
