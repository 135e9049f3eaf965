"""The server's own window, in which somebody lets a page speak for them: what it takes, and what it refuses."""

import unittest

from browser import expect
from embedded import WidgetTest

ASKED = "Let this page speak for you?"


class DecisionWindow(WidgetTest):
    def is_expected(self, trouble):
        # A site that is not named any more, which the browser keeps from reading.
        return any(word in trouble for word in ("401", "403", "CORS", "ERR_FAILED"))

    def asked(self, widget):
        window = widget.ask_to_be_let_in()
        expect(window.get_by_role("heading", name=ASKED)).to_be_visible()
        return window

    def test_whoever_did_not_come_in_does_so_there_first(self):
        url = self.home.serve()
        widget = self.embed()
        window = widget.ask_to_be_let_in()
        dialog = window.get_by_role("dialog", name="Come in first")
        expect(dialog).to_be_visible()
        dialog.get_by_label("or paste the link here").fill(url)
        dialog.get_by_role("button", name="Open").click()
        expect(window.get_by_role("heading", name=ASKED)).to_be_visible()
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("hello")

    def test_a_window_that_is_closed_lets_nobody_in(self):
        self.come_in()
        widget = self.embed()
        self.asked(widget).close()
        expect(widget.button("Connect")).to_be_visible()
        self.assertIsNone(widget.kept("token"))
        widget.connect()

    def test_a_second_request_takes_the_place_of_the_first(self):
        self.come_in()
        widget = self.embed()
        first = self.asked(widget)
        with first.expect_event("close"):
            second = self.asked(widget)
        second.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        widget.ask("hello")

    def test_two_tabs_may_ask_at_once(self):
        self.come_in()
        one = self.embed()
        other = self.embed()
        window, second_window = self.asked(one), self.asked(other)
        second_window.get_by_role("button", name="Allow").click()
        expect(other.button("Connect")).to_be_hidden()
        expect(one.button("Connect")).to_be_hidden()
        # The first one still asks, and what it gives is as good.
        before = one.kept("token")
        with window.expect_event("close"):
            window.get_by_role("button", name="Allow").click()
        one.ask("hello")
        self.assertNotEqual(one.kept("token"), before)
        expect(other.button("Connect")).to_be_hidden()

    def test_a_window_that_says_more_than_it_is_asked_is_not_heard(self):
        """Whatever else sends the page such a message: a frame of its own, or another window."""
        self.come_in()
        widget = self.embed()
        before = self.requests_to(widget.tab, "/api/embed/token")
        widget.tab.evaluate("postMessage({ mmogit: 'permit', permit: 'f'.repeat(64) })")
        window = self.asked(widget)
        widget.tab.evaluate("postMessage({ mmogit: 'permit', permit: 'f'.repeat(64) })")
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()
        self.assertEqual(len(before), 1, "the permit of the window, and no other")

    def requests_to(self, tab, path):
        """Grows with each request of the page."""
        sent = []
        tab.on("request", lambda request: request.url.endswith(path) and request.method == "POST" and sent.append(request))
        return sent

    def test_a_page_may_not_ask_in_another_ones_name(self):
        """The window was opened for one origin, and by another, which changes what stands behind the #."""
        self.allow(self.site.origin, "https://good.example")
        self.come_in()
        self.site.headers.clear()
        tab = self.context.new_page()
        tab.goto(f"{self.site.origin}/nothing")
        address = f"{self.site.server}/embed#origin={self.site.origin}"
        with self.context.expect_page() as opened:
            tab.evaluate(
                """address => {
                  window.opened = open(address);
                  addEventListener("message", ({ data, source }) => {
                    source.postMessage({ mmogit: "asking" }, "*");
                    window.heard = [...(window.heard ?? []), data];
                  });
                }""",
                address,
            )
        window = opened.value
        expect(window.locator("#origin")).to_have_text(self.site.origin)
        tab.evaluate("address => void (window.opened.location = address)", address.replace(self.site.origin, "https://good.example"))
        window.wait_for_url("**good.example")
        # It shows, and permits, the one that asked.
        expect(window.locator("#origin")).to_have_text(self.site.origin)
        window.get_by_role("button", name="Allow").click()
        tab.wait_for_function("window.heard.some(({ permit }) => permit)")

    def test_an_origin_that_is_struck_from_the_settings_reaches_nothing(self):
        widget = self.connected()
        widget.ask("said while it was allowed")
        widget.field.fill("half a sentence")
        self.home.end()
        self.allow("https://good.example")
        self.come_in()
        widget.say("said afterwards")
        expect(widget.panel.get_by_text("The server can’t be reached").first).to_be_visible(timeout=40_000)
        expect(widget.panel.get_by_text("said afterwards", exact=True)).to_be_visible()
        listed = self.ask_server("GET", "/api/v1/conversations")["conversations"]
        self.assertEqual([one["message_count"] for one in listed], [2])
        # Its page gets no widget, and its window no permit.
        widget.tab.reload()
        with self.context.expect_page() as opened:
            widget.tab.evaluate("address => void open(address)", f"{self.site.server}/embed#origin={self.site.origin}")
        window = opened.value
        expect(window.locator("#told")).to_be_visible()
        expect(window.get_by_role("button", name="Allow")).to_be_hidden()
        self.assertFalse(widget.tab.evaluate("customElements.get('mmogit-chat') !== undefined"))


if __name__ == "__main__":
    unittest.main()
