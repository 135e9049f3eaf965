"""axe has nothing to complain of, in any state of the page; and pictures of each, for those who look."""

import signal
import unittest

from browser import PageTest, expect

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"color_scheme": "light", "viewport": {"width": 380, "height": 720}},
    "narrow-dark": {"color_scheme": "dark", "viewport": {"width": 380, "height": 720}},
}

DIALOGS = {"search": "Control+k", "threads": "Alt+t", "audit": "Alt+a", "settings": "Alt+s"}


class States(PageTest):
    def walk(self, look):
        page = self.open(context=self.new_context(**LOOKS[look]))

        def check(state):
            page.picture(f"{look}-{state}")
            page.check_accessibility(f"{look}: {state}")

        expect(page.panel.get_by_text("Nothing here yet")).to_be_visible()
        check("empty")
        page.ask("something rich")
        check("answered")
        page.say("hang on")
        expect(page.panel.locator("article.coming .text")).to_contain_text("begins")
        check("answering")
        page.button("Stop").click()
        expect(page.panel.locator(".coming")).to_have_count(0)
        check("stopped")
        page.say("fail now")
        expect(page.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        check("failed")
        for name, key in DIALOGS.items():
            page.tab.keyboard.press(key)
            dialog = page.tab.locator(f"#{name}")
            expect(dialog).to_be_visible()
            if name == "search":
                page.tab.keyboard.type("rich")
                expect(dialog.locator(".hit").first).to_be_visible(timeout=15_000)
            elif name == "threads":
                expect(dialog.locator(".hit").first).to_be_visible()
            check(name)
            if name == "threads":
                dialog.locator(".hit").first.click()
                expect(page.tab.locator("#thread article").first).to_be_visible()
                check("thread")
                page.tab.keyboard.press("Escape")
            page.tab.keyboard.press("Escape")
            expect(page.tab.get_by_role("dialog")).to_have_count(0)
        page.panel.locator(".scroll").focus()
        page.tab.keyboard.press("?")
        check("help")
        page.tab.keyboard.press("Escape")
        page.panel.get_by_role("button", name="Verified").first.click()
        expect(page.tab.locator("#proof")).to_be_visible()
        check("proof")
        page.tab.keyboard.press("Escape")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        check("cleared")
        self.home.end(signal.SIGKILL)
        expect(page.tab.locator("#offline")).to_be_visible(timeout=30_000)
        check("offline")
        self.home.serve()
        expect(page.tab.locator("#signin")).to_be_visible(timeout=30_000)
        check("new-run")

    def is_expected(self, trouble):
        return "401" in trouble

    def test_light(self):
        self.walk("light")

    def test_dark(self):
        self.walk("dark")

    def test_narrow(self):
        self.walk("narrow")

    def test_narrow_and_dark(self):
        self.walk("narrow-dark")

    def test_nothing_reaches_beyond_a_narrow_window(self):
        page = self.open(context=self.new_context(viewport={"width": 320, "height": 640}))
        page.ask("something rich")
        wide = page.tab.evaluate("document.documentElement.scrollWidth > innerWidth")
        self.assertFalse(wide)
        area = page.panel.locator(".scroll")
        self.assertFalse(area.evaluate("area => area.scrollWidth > area.clientWidth"))

    def test_the_bar_of_a_narrow_window_has_two_rows(self):
        page = self.open(context=self.new_context(viewport={"width": 320, "height": 640}))
        height = page.tab.locator("header.bar").bounding_box()["height"]
        self.assertLess(height, 100)
        for name in ("💬 Conversation", "💭 Inner Dialogue"):
            self.assertLess(page.tab.get_by_role("tab", name=name).bounding_box()["height"], 40, name)
        page.picture("bar-320")

    def test_one_polite_region_says_what_happens(self):
        page = self.open()
        regions = page.tab.locator("[aria-live], [role=status], [role=log]")
        expect(regions).to_have_count(1)
        page.ask("one")
        expect(page.tab.get_by_role("status")).to_have_text("The answer is complete")


if __name__ == "__main__":
    unittest.main()
