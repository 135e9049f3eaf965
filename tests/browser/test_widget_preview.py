"""What the names in a text bring in is told before it is sent."""

import unittest

from browser import expect
from embedded import WidgetTest


class Preview(WidgetTest):
    def is_expected(self, trouble):
        # More names than a message may have.
        return "400" in trouble

    def begin(self, widget, title, text):
        widget.ask(text)
        widget.button("Settings").click()
        widget.panel.get_by_role("textbox", name="Title of this conversation").fill(title)
        widget.button("Rename").click()
        expect(widget.panel.get_by_role("heading", name=title)).to_be_visible()
        widget.button("New conversation").click()

    def test_what_names_bring_in_is_told_below_the_field_before_it_is_sent(self):
        widget = self.connected()
        self.begin(widget, "Spring plan", "about tulips")
        brings = widget.panel.locator(".brings")
        expect(brings).to_be_hidden()
        widget.field.fill("what of @spring-plan and @nobody?")
        expect(brings.locator("li")).to_have_count(2)
        expect(brings).to_contain_text("@spring-plan brings 2 messages of “Spring plan”")
        expect(brings).to_contain_text("@nobody was not found")
        self.assertEqual(widget.messages.count(), 0)
        widget.picture("widget-preview")
        widget.check_accessibility("names in a text that is being written")
        # In code, and without a name, nothing is told.
        widget.field.fill("what of `@spring-plan`?")
        expect(brings).to_be_hidden()
        widget.field.fill("@a @b @c @d @e @f")
        expect(brings).to_contain_text("at most 5 are allowed")
        widget.field.fill("no more")
        expect(brings).to_be_hidden()
        # It goes with the text, and what was told is what is read.
        widget.field.fill("what of @spring-plan?")
        expect(brings).to_be_visible()
        widget.field.press("Enter")
        expect(brings).to_be_hidden()
        expect(widget.panel.get_by_text("Read 2 messages by tags")).to_be_visible()
        # With the conversation the text changes, and with it what is told.
        widget.field.fill("and @spring-plan")
        expect(brings).to_be_visible()
        widget.button("New conversation").click()
        expect(brings).to_be_hidden()

    def test_a_text_that_was_not_sent_is_told_of_after_a_reload(self):
        widget = self.connected()
        self.begin(widget, "Spring plan", "about tulips")
        widget.field.fill("what of @spring-plan?")
        brings = widget.panel.locator(".brings")
        expect(brings).to_be_visible()
        widget.tab.reload()
        expect(widget.field).to_have_value("what of @spring-plan?")
        expect(brings).to_contain_text("@spring-plan brings 2 messages")


if __name__ == "__main__":
    unittest.main()
