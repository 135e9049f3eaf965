"""What tests of the page share: one browser for all, and the page as a person sees it."""

import os
import pathlib
import shutil
import signal
import time
import unittest

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    Axe = expect = sync_playwright = None

import served

WAY_IN = "#launch="

# For machines that are slow. What is there is not waited for.
PATIENCE = 20
if expect is not None:
    expect.set_options(timeout=PATIENCE * 1_000)

# Waits for what fades or slides, and not for what turns for ever.
SETTLED = """() => Promise.all(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
  .map((animation) => animation.finished.catch(() => {})))
  .then(() => {})"""


def missing():
    """What is missing for these tests, in words; nothing if all is there."""
    if sync_playwright is None:
        return "the Python packages of tests/browser/requirements.txt"
    if chromium() is None:
        return "chromium (MMOGIT_TEST_CHROMIUM names one)"
    if not served.program().exists():
        return f"{served.program()} (cargo build)"
    return None


def chromium():
    named = os.environ.get("MMOGIT_TEST_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


class PageTest(unittest.TestCase):
    """A test with a home of its own, served, and a browser that has not seen it before."""

    @classmethod
    def setUpClass(cls):
        lacking = missing()
        if lacking is not None:
            if os.environ.get("CI") == "true":
                raise AssertionError(f"missing: {lacking}")
            raise unittest.SkipTest(f"skipped: it needs {lacking}")
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        # Chromium's sandbox needs namespaces that are not there for root in a container.
        cls.browser = cls.playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        cls.addClassCleanup(cls.browser.close)

    def new_home(self):
        return served.Home()

    def setUp(self):
        self.home = self.new_home()
        self.addCleanup(self.home.close)
        self.troubles = []
        self.context = self.new_context()

    def tearDown(self):
        self.assertEqual(self.troubles, [])

    def new_context(self, **options):
        """A browser that knows nothing of any other."""
        context = self.browser.new_context(**{"viewport": {"width": 1100, "height": 760}, **options})
        context.set_default_timeout(PATIENCE * 1_000)
        self.addCleanup(context.close)
        return context

    def open(self, url=None, context=None):
        """The page, as the printed link opens it; further tabs by its address alone."""
        tab = (context or self.context).new_page()
        tab.on("pageerror", lambda error: self.troubles.append(f"script: {error}"))
        tab.on("console", self.note)
        tab.goto(url or self.home.serve())
        # It hears the server, or asks who is there: before that, keys and presses come too early.
        expect(tab.locator('html[data-connection="online"], dialog[open]').first).to_be_attached()
        return Page(self, tab)

    def note(self, message):
        """A page that breaks its own policy, or asks for what is not there, says so on the console."""
        is_away = "ERR_CONNECTION" in message.text or "ERR_EMPTY_RESPONSE" in message.text or "ERR_INCOMPLETE" in message.text
        if message.type == "error" and not is_away and not self.is_expected(message.text):
            self.troubles.append(message.text)

    def is_expected(self, _trouble):
        return False

    def restart(self, how=signal.SIGTERM):
        self.home.end(how)
        return self.home.serve()


class Page:
    """A tab that shows the page."""

    def __init__(self, test, tab):
        self.test = test
        self.tab = tab

    @property
    def panel(self):
        return self.tab.locator("mmogit-conversation:not([hidden])")

    @property
    def field(self):
        return self.panel.locator("textarea")

    @property
    def messages(self):
        return self.panel.locator(".messages article")

    def button(self, name):
        return self.tab.get_by_role("button", name=name, exact=True)

    def say(self, text):
        self.field.fill(text)
        self.field.press("Enter")

    def ask(self, text):
        """Says something and waits for the whole answer."""
        expect(self.panel.locator(".loading")).to_be_hidden()
        answers = self.panel.locator("article.ai:not(.coming)")
        before = answers.count()
        self.say(text)
        expect(answers).to_have_count(before + 1)
        expect(self.panel.locator(".coming")).to_have_count(0)
        return answers.last

    def until(self, condition):
        """Waits until JavaScript is true. The page's policy keeps playwright's own way from evaluating a text."""
        ends = time.monotonic() + PATIENCE
        while not self.tab.evaluate(condition):
            if time.monotonic() > ends:
                raise AssertionError(f"never true: {condition}")
            self.tab.wait_for_timeout(50)

    def select(self, name):
        self.tab.get_by_role("tab", name=name).click()

    def texts(self):
        """What stands on the screen, message by message."""
        return [text.strip() for text in self.messages.locator(".text").all_inner_texts()]

    def expect_texts(self, *texts):
        expect(self.messages.locator(".text")).to_have_text(list(texts))

    def check_accessibility(self, state, within=None):
        """Nothing to complain of, says axe, once what fades in stands there."""
        self.tab.evaluate(SETTLED)
        found = Axe().run(self.tab, context=within).response["violations"]
        places = [f"{one['id']}: {one['help']}: {node['html']}" for one in found for node in one["nodes"]]
        self.test.assertEqual(places, [], state)

    def picture(self, name):
        """A screenshot, where somebody wants to look: `MMOGIT_TEST_PICTURES` names a folder."""
        folder = os.environ.get("MMOGIT_TEST_PICTURES")
        if folder:
            self.tab.wait_for_timeout(300)
            self.tab.screenshot(path=pathlib.Path(folder) / f"{name}.png")
