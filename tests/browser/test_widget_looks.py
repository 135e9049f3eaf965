"""The widget in each of its states, on a page with hostile style and under a strict policy; axe has nothing
to complain of. Pictures of each, for those who look."""

import unittest

from browser import Page, expect
from embedded import HOSTILE, Widget, WidgetTest

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
}


class Looks(WidgetTest):
    def is_expected(self, trouble):
        # A token that ended; a site that may not ask.
        return "401" in trouble or "403" in trouble

    def walk(self, look, direction=""):
        self.site.direction = direction
        self.site.css = HOSTILE
        name = f"widget-{look}{direction and '-rtl'}"
        context = self.new_context(**LOOKS[look])
        self.come_in(context)
        widget = self.embed(context)

        def check(state):
            widget.picture(f"{name}-{state}")
            widget.check_accessibility(f"{look}: {state}")

        expect(widget.button("Connect")).to_be_visible()
        box = widget.panel.bounding_box()
        self.assertGreater(box["width"], 250)
        self.assertGreater(box["height"], 300)
        check("before")
        widget.connect()
        expect(widget.panel.get_by_text("Nothing here yet")).to_be_visible()
        check("empty")
        widget.ask("something rich")
        check("answered")
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        check("answering")
        widget.button("Stop").click()
        expect(widget.panel.locator(".coming")).to_have_count(0)
        widget.say("fail now")
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        check("failed")
        widget.button("Conversations").click()
        expect(widget.panel.locator(".hit").first).to_be_visible()
        check("switcher")
        widget.button("Settings").click()
        check("settings")
        if look != "narrow":
            widget.panel.get_by_role("radio", name="At the right").check()
            widget.button("Settings").click()
            check("docked-right")
            widget.button("Settings").click()
            widget.panel.get_by_role("radio", name="At the left").check()
            widget.button("Settings").click()
            check("docked-left")
        else:
            widget.button("Settings").click()
        widget.button("Archive this conversation").click()
        expect(widget.panel.locator(".notice").get_by_text("Archived.", exact=True)).to_be_visible()
        check("archived")
        widget.button("Undo").click()
        expect(widget.messages.first).to_be_visible()
        widget.button("Minimise").click()
        check("minimised")
        widget.button("Hide (Ctrl+K)").click()
        expect(widget.launcher).to_be_visible()
        check("hidden")

    def test_light(self):
        self.walk("light")

    def test_dark_and_from_right_to_left(self):
        self.walk("dark", ' dir="rtl"')

    def test_narrow(self):
        self.walk("narrow")

    def test_still_where_motion_is_not_wanted(self):
        context = self.new_context(reduced_motion="reduce")
        widget = self.connected(context)
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text")).to_contain_text("begins")
        running = widget.tab.evaluate(
            """() => document.querySelector("mmogit-chat").shadowRoot.getAnimations()
                 .filter((animation) => animation.effect.getComputedTiming().iterations === Infinity).length"""
        )
        self.assertEqual(running, 0)

    def test_the_window_that_asks(self):
        self.site.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        self.home.serve()
        for look, options in LOOKS.items():
            with self.subTest(look):
                # Each link works once.
                url = self.ask_server("POST", "/api/link")["url"]
                context = self.new_context(**options)
                self.site.attributes = ""
                widget = self.embed(context)
                window = widget.ask_to_be_let_in()
                shown = Page(self, window)

                def check(state, shown=shown, look=look):
                    shown.check_accessibility(f"the window, {look}: {state}")
                    shown.picture(f"window-{look}-{state}")

                dialog = window.get_by_role("dialog", name="Come in first")
                expect(dialog).to_be_visible()
                check("first")
                dialog.get_by_label("or paste the link here").fill(url)
                dialog.get_by_role("button", name="Open").click()
                expect(window.get_by_role("button", name="Allow")).to_be_enabled()
                check("asking")
                window.get_by_role("button", name="Allow").click()
                expect(window.get_by_role("heading", name="Paste this code there")).to_be_visible()
                check("code")
                widget.use_code_of(window)
                widget.panel.get_by_role("combobox", name="What is asked for").select_option(label="Draft a task list")
                widget.ask("a long plan")
                widget.panel.locator(".card").get_by_role("button", name="View").click()
                widget.picture(f"widget-{look}-draft")
                widget.check_accessibility(f"{look}: a draft")
                with context.expect_page() as opened:
                    widget.panel.locator(".card").get_by_role("button", name="Accept").click()
                window = opened.value
                shown.tab = window
                expect(window.locator("#draft-text")).to_be_visible()
                check("draft")
                window.goto("about:blank")
                window.goto(f"{self.site.server}/embed#origin=https%3A%2F%2Fevil.example")
                expect(window.locator("#told")).to_be_visible()
                check("told")

    def test_the_demonstration_page(self):
        self.come_in()
        tab = self.context.new_page()
        tab.goto(f"http://127.0.0.1:{self.home.port}/demo")
        expect(tab.locator("pre").first).to_contain_text(f'src="http://127.0.0.1:{self.home.port}/widget.js"')
        widget = Widget(self, tab)
        widget.launcher.click()
        with self.context.expect_page() as opened:
            widget.button("Connect").click()
        opened.value.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("hello")
        widget.picture("widget-demo")


if __name__ == "__main__":
    unittest.main()
