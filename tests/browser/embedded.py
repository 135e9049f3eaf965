"""A page of another site that embeds the widget, and what a person sees of it."""

import http.server
import json
import threading

from browser import Page, PageTest, expect

HOSTILE = """
html { font-size: 57px; }
* { display: none !important; visibility: hidden !important; opacity: .01 !important; filter: blur(9px) !important;
    transform: scale(.2) !important; position: static !important; font: 900 71px/3 fantasy !important; color: #ff0 !important;
    background: #0ff !important; pointer-events: none !important; z-index: -1 !important; }
html, body { display: block !important; visibility: visible !important; opacity: 1 !important; filter: none !important; color: #000 !important; background: #fff !important; }
body > main { display: block !important; visibility: visible !important; opacity: 1 !important; filter: none !important; transform: none !important; }
body > main * { all: revert !important; }
"""

PAGE = """<!DOCTYPE html>
<html lang="en"{direction}>
<head><meta charset="utf-8"><title>Somebody's page</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css">
<script type="module" src="{server}/widget.js"></script></head>
<body><main><h1>Somebody's page</h1><p>Words that stand here. <a href="#somewhere">A link</a></p></main>
<mmogit-chat{attributes}></mmogit-chat>{more}</body></html>
"""


class Site:
    """Serves one page from `localhost`, which is another site than `127.0.0.1`."""

    def __init__(self):
        self.attributes = ""
        self.direction = ""
        self.more = ""
        self.css = ""
        self.headers = {}
        self.server = ""
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                is_style = self.path == "/page.css"
                kind = "text/css" if is_style else "text/html; charset=utf-8"
                body = (site.css if is_style else site.page()).encode()
                self.send_response(200 if is_style or self.path.startswith("/page") else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in site.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://localhost:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def page(self):
        return PAGE.format(server=self.server, attributes=self.attributes, direction=self.direction, more=self.more)

    def forbid_all_else(self):
        """As strict a policy as lets the widget work: what docs/widget.md says."""
        self.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {self.server}; connect-src {self.server}; style-src 'self'; "
            "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types mmogit"
        )

    def close(self):
        self.http.shutdown()
        self.http.server_close()


class WidgetTest(PageTest):
    """A served home whose settings allow a site, and a page there."""

    def setUp(self):
        super().setUp()
        self.site = Site()
        self.addCleanup(self.site.close)
        self.site.server = f"http://127.0.0.1:{self.home.port}"
        self.allow(self.site.origin)
        self.site.forbid_all_else()

    def allow(self, *origins):
        config = self.home.folder / "mmogit" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        listed = ", ".join(f'"{origin}"' for origin in origins)
        config.write_text(f"[server]\nallowed-origins = [{listed}]\n")

    def come_in(self, context=None):
        """A browser in which the server's own page was opened."""
        page = self.open(context=context)
        expect(page.field).to_be_visible()
        page.until("JSON.parse(localStorage.getItem('mmogit.session') ?? '{}').token")
        page.tab.close()

    def embed(self, context=None, state="floating", path="/page"):
        """The embedding page."""
        if state and "state=" not in self.site.attributes:
            self.site.attributes += f' state="{state}"'
        tab = (context or self.context).new_page()
        tab.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        tab.on("console", self.note)
        tab.goto(self.site.origin + path)
        return Widget(self, tab)

    def connected(self, context=None, **options):
        """The embedding page, let in by its user."""
        self.come_in(context)
        widget = self.embed(context, **options)
        widget.connect()
        return widget

    def ask_server(self, method, path, body=None):
        """As its user does elsewhere: with the token of their programs."""
        return json.loads(self.home.ask(method, path, body))


class Widget:
    """What a person sees of the widget; of the first on its page, if there are several."""

    def __init__(self, test, tab, nth=0):
        self.test = test
        self.tab = tab
        self.element = tab.locator("mmogit-chat").nth(nth)
        self.panel = self.element.locator("dialog")
        self.launcher = self.element.locator(".launcher")
        self.field = self.panel.get_by_role("textbox", name="Message", exact=True)
        self.messages = self.panel.locator(".messages article")
        self.answers = self.panel.locator("article.ai:not(.coming)")

    def kept(self, name, project=""):
        """What the page's storage has of it."""
        return json.loads(self.tab.evaluate("key => localStorage.getItem(key)", f"mmogit-chat/{project}/{name}") or "null")

    def button(self, name):
        return self.panel.get_by_role("button", name=name, exact=True)

    def ask_to_be_let_in(self):
        """The window of the server's own that opens."""
        with self.tab.context.expect_page() as opened:
            self.button("Connect").click()
        return opened.value

    def connect(self):
        window = self.ask_to_be_let_in()
        expect(window.locator("#origin")).to_have_text(self.test.site.origin)
        window.get_by_role("button", name="Allow").click()
        expect(self.button("Connect")).to_be_hidden()

    def use_code_of(self, window):
        """Where the browser keeps the two windows apart. The widget may have opened the place for it by itself."""
        permit = window.locator("#permit")
        expect(permit).not_to_be_empty()
        code = permit.inner_text()
        self.panel.locator(".entry details").evaluate("element => (element.open = true)")
        self.panel.get_by_role("textbox", name="Paste it here").fill(code)
        self.button("Use it").click()
        expect(self.button("Connect")).to_be_hidden()

    def say(self, text):
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text):
        before = self.answers.count()
        self.say(text)
        expect(self.answers).to_have_count(before + 1)
        expect(self.panel.locator(".coming")).to_have_count(0)
        return self.answers.last

    def picture(self, name):
        Page(self.test, self.tab).picture(name)

    def check_accessibility(self, state):
        """Of the widget; the page around it is as it is."""
        Page(self.test, self.tab).check_accessibility(state, within="mmogit-chat")
