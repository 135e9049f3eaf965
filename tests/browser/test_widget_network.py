"""A network that is away, slow, or breaks off in the middle: nothing typed is lost, and what was answered is caught up with."""

import unittest

from browser import expect
from embedded import WidgetTest

AWAY = "The server can’t be reached. What you write is kept here and sent when it is back."


class Network(WidgetTest):
    def is_expected(self, trouble):
        return any(word in trouble for word in ("ERR_", "503", "network error"))

    def test_offline_and_back(self):
        widget = self.connected()
        widget.ask("said before")
        self.context.set_offline(True)
        widget.say("first while away")
        widget.say("second while away")
        widget.field.fill("half a sentence")
        expect(widget.panel.get_by_text(AWAY)).to_be_visible()
        for text in ("first while away", "second while away"):
            waiting = widget.panel.locator("article.unsent", has_text=text)
            expect(waiting).to_be_visible()
        expect(widget.panel.get_by_text("It is kept here and will be sent.").first).to_be_visible()
        widget.picture("widget-offline")
        widget.check_accessibility("offline")
        self.context.set_offline(False)
        expect(widget.answers).to_have_count(3)
        expect(widget.panel.get_by_text(AWAY)).to_be_hidden()
        expect(widget.field).to_have_value("half a sentence")
        # In the order in which they were written, each once.
        said = [text.strip() for text in widget.panel.locator("article.human .text").all_inner_texts()]
        self.assertEqual(said, ["said before", "first while away", "second while away"])

    def test_many_that_wait_leave_room_for_all_else(self):
        widget = self.connected()
        widget.say("hang on")
        expect(widget.panel.locator(".coming .text").first).to_contain_text("begins")
        for number in range(7):
            widget.say(f"number {number}")
        expect(widget.panel.locator("article.unsent")).to_have_count(0)
        expect(widget.panel.locator("article.human")).to_have_count(8)
        widget.button("Conversations").click()
        expect(widget.panel.locator(".hit")).to_have_count(1)
        widget.button("Conversations").click()
        widget.button("Stop").click()
        expect(widget.answers).to_have_count(8)
        expect(widget.answers.last).to_contain_text("I heard: number 6")

    def test_what_is_said_while_one_is_archived_belongs_to_the_next(self):
        widget = self.connected()
        widget.ask("the first")
        held = []
        self.context.route("**/archive", lambda route: held.append(route))
        with widget.tab.expect_request("**/archive"):
            widget.button("Archive this conversation").click()
        widget.ask("the next")
        held[0].continue_()
        expect(widget.panel.locator(".notice", has_text="Archived.")).to_be_visible()
        expect(widget.panel.locator("article.human .text")).to_have_text("the next")
        listed = self.ask_server("GET", "/api/v1/conversations?include_archived=true")["conversations"]
        self.assertEqual(sorted((one["archived_at"] is None, one["message_count"]) for one in listed), [(False, 2), (True, 2)])

    def test_one_that_can_not_be_archived_is_back(self):
        widget = self.connected()
        widget.ask("the first")
        self.context.route("**/archive", lambda route: route.fulfill(status=503, json={"error": {"code": "no", "message": "Not now."}}))
        widget.button("Archive this conversation").click()
        expect(widget.panel.locator(".notice", has_text="Not now.")).to_be_visible()
        expect(widget.panel.locator("article.human .text")).to_have_text("the first")

    def test_what_settings_refuse_is_said_where_it_was_written(self):
        widget = self.connected()
        widget.ask("the first")
        self.context.route("**/api/v1/conversations/*", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_())
        widget.button("Settings").click()
        name = widget.panel.get_by_label("Title of this conversation")
        name.fill("another title")
        widget.button("Rename").click()
        expect(widget.panel.locator(".rename .problem")).to_have_text("The server can’t be reached.")
        expect(name).to_have_value("another title")

    def test_offline_over_a_reload(self):
        widget = self.connected()
        widget.ask("said before")
        # The page itself is there, its server is not.
        self.context.route(f"{self.site.server}/api/**", lambda route: route.abort())
        widget.say("said while away")
        expect(widget.panel.get_by_text("It is kept here and will be sent.")).to_be_visible()
        widget.field.fill("half a sentence")
        widget.tab.reload()
        expect(widget.field).to_have_value("half a sentence")
        expect(widget.panel.locator("article.unsent", has_text="said while away")).to_be_visible()
        self.context.unroute(f"{self.site.server}/api/**")
        widget.tab.evaluate("dispatchEvent(new Event('online'))")
        expect(widget.answers).to_have_count(2)
        expect(widget.panel.get_by_text("said while away", exact=True)).to_have_count(1)

    def test_a_stream_that_is_cut_goes_on_where_it_broke(self):
        widget = self.connected()
        asked = []
        widget.tab.on("request", lambda request: request.url.endswith("/events") and asked.append(request.headers.get("last-event-id")))
        widget.tab.evaluate(CUT_STREAMS)
        widget.say("slowly please")
        expect(widget.panel.locator(".coming .text")).to_contain_text("word by word")
        widget.field.fill("half a sentence")
        expect(widget.answers).to_have_count(1)
        expect(widget.answers.last).to_contain_text("The end.")
        expect(widget.panel.locator(".coming")).to_have_count(0)
        self.assertGreater(len(asked), 1, "it was cut, and asked for again")
        self.assertTrue(all(int(place) > 0 for place in asked[1:]), "from where it broke")
        self.assertEqual(widget.tab.evaluate("window.vanished"), 0, "what came stayed in view")
        expect(widget.field).to_have_value("half a sentence")
        expect(widget.panel.get_by_text("AI couldn’t respond.")).to_have_count(0)

    def test_a_stream_that_never_begins_is_made_up_for(self):
        widget = self.connected()
        self.context.route("**/events", lambda route: route.abort())
        widget.say("hello")
        expect(widget.panel.locator(".coming")).to_contain_text("Interrupted: there is no connection to the server")
        self.context.unroute("**/events")
        expect(widget.answers).to_have_count(1)

    def test_a_message_whose_acknowledgement_is_lost_is_said_once(self):
        widget = self.connected()
        widget.ask("said before")
        lost = []

        def lose_first(route):
            answer = route.fetch()
            if route.request.method != "POST" or lost:
                route.fulfill(response=answer)
            else:
                lost.append(answer.status)
                route.abort()

        self.context.route("**/messages", lose_first)
        widget.say("said once")
        expect(widget.answers).to_have_count(2)
        self.assertEqual(lost, [201])
        expect(widget.panel.get_by_text("said once", exact=True)).to_have_count(1)
        (conversation,) = self.ask_server("GET", "/api/v1/conversations")["conversations"]
        self.assertEqual(conversation["message_count"], 4)

    def test_a_server_that_is_busy_is_asked_again(self):
        widget = self.connected()
        refused = []

        def refuse_first(route):
            if route.request.method != "POST" or len(refused) > 1:
                route.fallback()
                return
            refused.append(route.request.headers["idempotency-key"])
            route.fulfill(status=503, headers=HEADERS | {"Access-Control-Allow-Origin": self.site.origin}, body='{"error":{"code":"busy","message":"Too much is to do."}}')

        self.context.route("**/api/v1/conversations", refuse_first)
        widget.say("said to a busy server")
        expect(widget.panel.get_by_text("Too much is to do.")).to_be_visible()
        expect(widget.answers).to_have_count(1)
        self.assertEqual(len(refused), 2)
        self.assertEqual(len(set(refused)), 1, "under one key")

    def test_what_is_refused_stays_with_why(self):
        widget = self.connected()
        widget.ask("said before")
        widget.say("@one @two @three @four @five @six")
        refused = widget.panel.locator("article.unsent.failed")
        expect(refused).to_contain_text("Not sent:")
        widget.field.fill("half a sentence")
        refused.get_by_role("button", name="Edit").click()
        expect(widget.field).to_have_value("half a sentence\n\n@one @two @three @four @five @six")
        expect(refused).to_have_count(0)
        self.troubles[:] = [trouble for trouble in self.troubles if "400" not in trouble]

    def test_a_conversation_that_does_not_load_says_why_and_is_looked_for_again(self):
        widget = self.connected()
        widget.ask("said before")
        self.context.route("**/drawn?*", lambda route: route.abort())
        widget.tab.reload()
        expect(widget.panel.get_by_text(AWAY)).to_be_visible()
        expect(widget.panel.get_by_text("Nothing here yet")).to_be_hidden()
        self.context.unroute("**/drawn?*")
        widget.tab.evaluate("dispatchEvent(new Event('online'))")
        expect(widget.messages).to_have_count(2)
        expect(widget.panel.get_by_text(AWAY)).to_be_hidden()


HEADERS = {"Content-Type": "application/json", "Access-Control-Expose-Headers": "retry-after"}

# Breaks each stream of events off after some pieces, as a network does; and notes whether what had come
# of the answer was ever gone from view.
CUT_STREAMS = """() => {
  const fetched = window.fetch;
  window.fetch = async (url, options) => {
    const response = await fetched(url, options);
    if (!String(url).endsWith("/events")) {
      return response;
    }
    const reader = response.body.getReader();
    let left = 12;
    const body = new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read();
        left -= 1;
        if (done) {
          controller.close();
        } else if (left < 0) {
          reader.cancel();
          controller.error(new TypeError("network error"));
        } else {
          controller.enqueue(value);
        }
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
  window.vanished = 0;
  let wasThere = false;
  const place = document.querySelector("mmogit-chat").shadowRoot.querySelector(".messages");
  new MutationObserver(() => {
    const isThere = place.querySelector("article.ai") !== null;
    window.vanished += wasThere && !isThere ? 1 : 0;
    wasThere = isThere;
  }).observe(place, { childList: true, subtree: true });
}"""


if __name__ == "__main__":
    unittest.main()
