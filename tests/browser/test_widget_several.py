"""Several widgets on one page: each has its own state, and shares with the others what is its user's alone."""

import unittest

from browser import expect
from embedded import Widget, WidgetTest


class Several(WidgetTest):
    def is_expected(self, trouble):
        # A token that ended.
        return "401" in trouble

    def both(self, first="", second=""):
        """A page with two widgets of these attributes."""
        self.site.attributes = f' state="docked-left"{first}'
        self.site.more = f'<mmogit-chat state="docked-right"{second}></mmogit-chat>'
        one = self.embed(state=None)
        return one, Widget(self, one.tab, nth=1)

    def two_of_one_project(self):
        self.come_in()
        one, other = self.both()
        one.connect()
        return one, other

    def two_projects(self):
        self.come_in()
        ids = [self.ask_server("POST", "/api/v1/projects", {"name": name})["id"] for name in ("Plans", "Gardens")]
        return *self.both(*(f' project="{id}"' for id in ids)), ids

    def let_in(self, widget, project):
        window = widget.ask_to_be_let_in()
        expect(window.locator("#project")).to_have_text(f"in the project “{project}”")
        window.get_by_role("button", name="Allow").click()
        expect(widget.button("Connect")).to_be_hidden()

    def test_two_projects_share_nothing(self):
        one, other, ids = self.two_projects()
        self.let_in(one, "Plans")
        expect(other.button("Connect")).to_be_visible()
        self.let_in(other, "Gardens")
        sent = []
        one.tab.on("request", lambda request: sent.append((request.headers.get("authorization"), request.url, request.post_data)))
        one.ask("about plans")
        other.ask("about gardens")
        expect(one.messages).to_have_count(2)
        expect(other.messages).to_have_count(2)
        expect(one.panel.get_by_text("about gardens", exact=True)).to_have_count(0)
        # Each asks with its own token, for what is in its own project.
        tokens = [f"Bearer {one.kept('token', project)}" for project in ids]
        self.assertNotEqual(*tokens)
        listed = self.ask_server("GET", "/api/v1/conversations")["conversations"]
        own = {conversation["master_project_id"]: conversation["id"] for conversation in listed}
        self.assertEqual(set(own), set(ids))
        for project, token in zip(ids, tokens):
            asked = [url for used, url, _ in sent if used == token and "/conversations/" in url]
            self.assertTrue(asked)
            self.assertEqual([url for url in asked if own[project] not in url], [])
        # One leaves; the other stays.
        one.button("Settings").click()
        one.button("Disconnect this page").click()
        expect(one.button("Connect")).to_be_visible()
        other.ask("still here")

    def test_one_project_twice_is_let_in_once_and_shows_two_conversations(self):
        one, other = self.two_of_one_project()
        expect(other.button("Connect")).to_be_hidden()
        one.field.fill("typed in the first")
        other.field.fill("typed in the second")
        one.tab.reload()
        expect(one.field).to_have_value("typed in the first")
        expect(other.field).to_have_value("typed in the second")
        one.field.press("Enter")
        expect(one.answers).to_have_count(1)
        expect(other.messages).to_have_count(0)
        expect(other.field).to_have_value("typed in the second")
        other.field.press("Enter")
        expect(other.answers).to_have_count(1)
        expect(one.messages).to_have_count(2)
        listed = self.ask_server("GET", "/api/v1/conversations")["conversations"]
        self.assertEqual(sorted(one["message_count"] for one in listed), [2, 2])
        one.tab.reload()
        expect(one.panel.get_by_text("typed in the first", exact=True)).to_be_visible()
        expect(other.panel.get_by_text("typed in the second", exact=True)).to_be_visible()
        # What one of them says in a conversation that both show, both show.
        other.button("Conversations").click()
        other.panel.locator(".hit", has_text="typed in the first").click()
        one.ask("and more")
        expect(other.messages).to_have_count(4)
        one.button("Settings").click()
        one.button("Disconnect this page").click()
        expect(other.button("Connect")).to_be_visible()
        expect(other.messages).to_have_count(0)

    def test_busy_and_errors_are_of_one(self):
        one, other = self.two_of_one_project()
        one.say("hang on")
        expect(one.button("Stop")).to_be_visible()
        other.say("fail now")
        expect(other.panel.get_by_text("AI couldn’t respond.")).to_be_visible()
        expect(other.button("Stop")).to_be_hidden()
        expect(one.panel.get_by_text("AI couldn’t respond.")).to_have_count(0)
        other.field.press("Escape")
        expect(other.panel).to_be_hidden()
        expect(one.button("Stop")).to_be_visible()
        one.field.press("Escape")
        expect(one.panel.get_by_text("interrupted: the text is not whole")).to_be_visible()
        expect(one.panel).to_be_visible()

    def test_the_key_is_meant_for_one_of_them(self):
        one, other = self.two_of_one_project()
        keyboard = one.tab.keyboard
        other.field.focus()
        keyboard.press("Control+k")
        expect(other.panel).to_be_hidden()
        expect(one.panel).to_be_visible()
        expect(other.launcher).to_be_focused()
        # From the page it is that which was used last.
        one.tab.get_by_role("link", name="A link").focus()
        keyboard.press("Control+k")
        expect(other.field).to_be_focused()
        one.field.focus()
        keyboard.press("Control+k")
        expect(one.panel).to_be_hidden()
        expect(other.panel).to_be_visible()
        one.launcher.click()
        expect(one.field).to_be_focused()

    def test_none_hides_another(self):
        one, other = self.two_of_one_project()
        for state in ("floating", "minimised", "hidden"):
            for widget in (one, other):
                widget.element.evaluate("(element, state) => element.setAttribute('state', state)", state)
            shown = [widget.launcher if state == "hidden" else widget.panel for widget in (one, other)]
            left, right = sorted((place.bounding_box() for place in shown), key=lambda box: box["x"])
            self.assertLessEqual(left["x"] + left["width"], right["x"], state)
            self.assertGreaterEqual(left["x"], 0, state)
            one.picture(f"widget-two-{state}")
            one.check_accessibility(f"two: {state}")
        names = [widget.launcher.get_attribute("aria-label") for widget in (one, other)]
        self.assertNotEqual(*names)

    def test_one_that_the_page_moves_or_makes_anew_goes_on(self):
        widget = self.connected()
        widget.ask("said before")
        widget.field.fill("half a sentence")
        widget.tab.evaluate("document.querySelector('main').append(document.querySelector('mmogit-chat'))")
        expect(widget.field).to_be_visible()
        expect(widget.field).to_have_value("half a sentence")
        widget.tab.evaluate("document.querySelector('mmogit-chat').replaceWith(document.createElement('mmogit-chat'))")
        expect(widget.field).to_have_value("half a sentence")
        expect(widget.messages).to_have_count(2)


if __name__ == "__main__":
    unittest.main()
