"""What opens on top: search, threads, proofs, the audit trail, settings, help; by mouse and by keyboard."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from browser import PageTest, expect


class Searching(PageTest):
    def test_search_finds_what_was_said_and_opens_it_there(self):
        page = self.open()
        page.ask("the quick brown fox")
        self.home.until("fox", "thread-search", "brown")
        page.tab.keyboard.press("Control+k")
        dialog = page.tab.get_by_role("dialog", name="Search")
        expect(dialog.get_by_role("searchbox")).to_be_focused()
        page.tab.keyboard.type("brown")
        expect(dialog.locator("mark").first).to_have_text("brown", timeout=15_000)
        dialog.locator(".hit").first.click()
        thread = page.tab.locator("#thread")
        expect(thread.locator("article.found")).to_contain_text("brown")
        page.tab.keyboard.press("Escape")
        page.tab.keyboard.press("Escape")
        expect(page.field).to_be_focused()

    def test_a_hit_in_a_long_message_is_seen_with_its_words_marked(self):
        page = self.open()
        long = "\n\n".join(f"Sentence {number} of a long letter." for number in range(120))
        page.ask(f"A Päragraph about ostriches.\n\n{long}")
        self.home.until("ostriches", "thread-search", "ostriches")
        page.tab.keyboard.press("Control+k")
        page.tab.keyboard.type("paragraph ostriches")
        hit = page.tab.locator("#search .hit", has_text="You").first
        expect(hit.locator("mark").first).to_have_text("Päragraph", timeout=15_000)
        hit.click()
        found = page.tab.locator("#thread article.found")
        expect(found.locator("mark")).to_have_text(["Päragraph", "ostriches"])
        expect(found.locator("mark").first).to_be_in_viewport()
        page.picture("long-hit")

    def test_what_is_not_there_is_said(self):
        page = self.open()
        page.tab.keyboard.press("Control+k")
        page.tab.keyboard.type("nowhere")
        expect(page.tab.locator("#search .said")).to_have_text("Nothing found.")


    def test_what_could_not_be_looked_at_is_said(self):
        page = self.open()
        found = {
            "hits": [],
            "next": None,
            "beginnings": False,
            "takenAsWords": ["colour:red"],
            "notOpened": 2,
            "troubles": [{"place": "thread_1.json", "why": "it is damaged"}],
        }
        page.tab.route("**/api/search?*", lambda route: route.fulfill(json=found))
        page.tab.keyboard.press("Control+k")
        page.tab.keyboard.type("nowhere colour:red")
        expect(page.tab.locator("#search .said")).to_have_text(
            "Nothing found. Looked for as it stands: colour:red. "
            "2 sealed threads could not be opened, and were not searched. 1 can’t be read: it is damaged"
        )


class Threads(PageTest):
    def open_thread(self, page):
        page.tab.get_by_role("button", name="Threads").click()
        page.tab.locator("#threads .hit").first.click()
        return page.tab.locator("#thread")

    def test_a_row_that_is_pressed_while_its_thread_is_saved_opens_it(self):
        page = self.open()
        page.ask("one")
        self.home.until("I heard: one", "thread-search", "heard")
        page.tab.get_by_role("button", name="Threads").click()
        row = page.tab.locator("#threads .hit").first
        expect(row).to_contain_text("2 messages")
        row.hover()
        page.tab.mouse.down()
        self.home.ask("POST", "/api/persona_chat", {"mode": "conversation", "message": "two"})
        expect(row).to_contain_text("4 messages")
        page.tab.mouse.up()
        expect(page.tab.locator("#thread article").first).to_be_visible()

    def test_a_thread_is_renamed_archived_and_restored(self):
        page = self.open()
        page.ask("one")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        thread = self.open_thread(page)
        expect(thread).to_contain_text("I heard: one")
        thread.get_by_role("button", name="Restore").click()
        thread.get_by_role("button", name="Rename").click()
        page.tab.get_by_role("textbox", name="Title of the thread").fill("a better name")
        page.tab.get_by_role("dialog").get_by_role("button", name="Rename").last.click()
        expect(thread.get_by_role("heading", name="a better name")).to_be_visible()
        thread.get_by_role("button", name="Archive").click()
        expect(thread.get_by_role("button", name="Restore")).to_be_visible()
        self.assertIn("a better name", self.home.run("thread-list", "--all"))

    def test_a_title_is_neither_empty_nor_cut(self):
        page = self.open()
        page.ask("one")
        thread = self.open_thread(page)
        thread.get_by_role("button", name="Rename").click()
        asked = page.tab.get_by_role("dialog", name="Title of the thread")
        for title, said in (("  ", "Title cannot be empty"), ("x" * 201, "Title exceeds maximum length of 200 characters")):
            asked.get_by_role("textbox").fill(title)
            asked.get_by_role("textbox").press("Enter")
            expect(asked.get_by_role("alert")).to_have_text(said)
        page.picture("rename")
        asked.get_by_role("textbox").fill("named")
        asked.get_by_role("textbox").press("Enter")
        expect(thread.get_by_role("heading", name="named")).to_be_visible()

    def test_archiving_is_undone_where_it_was_done(self):
        page = self.open()
        page.ask("one")
        thread = self.open_thread(page)
        thread.get_by_role("button", name="Archive").click()
        expect(thread).to_contain_text("archived, read-only")
        expect(page.messages).to_have_count(0)
        page.picture("archived")
        page.button("Undo").click()
        expect(thread.get_by_role("button", name="Archive")).to_be_visible()
        page.expect_texts("one", "I heard: one")

    def test_an_older_thread_is_gone_on_with_and_the_other_one_again(self):
        page = self.open()
        page.ask("older")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        page.ask("newer")
        # What was said is in the list a second later.
        self.home.until("newer", "thread-search", "newer")
        page.tab.get_by_role("button", name="Threads").click()
        rows = page.tab.locator("#threads .hit")
        expect(rows).to_have_count(2)
        # By the title that the record has, as at the command line, and how they begin.
        titles = [thread["title"] for thread in json.loads(self.home.run("thread-list", "--json"))["threads"]]
        expect(rows.locator(".title")).to_contain_text(titles)
        expect(rows.locator(".snippet")).to_have_text(["newer", "older"])
        row = rows.filter(has_text="older")
        expect(rows.filter(has_text="newer")).to_contain_text("open in its tab")
        expect(row).not_to_contain_text("open in its tab")
        page.picture("two-threads")
        row.click()
        expect(page.tab.locator("#thread article").first).to_be_visible()
        page.picture("go-on")
        page.button("Go on with this one").click()
        expect(page.tab.get_by_role("dialog")).to_have_count(0)
        expect(page.field).to_be_focused()
        page.expect_texts("older", "I heard: older")
        page.picture("gone-on")
        page.button("Back to the other one").click()
        page.expect_texts("newer", "I heard: newer")
        page.ask("and on")

    def test_what_the_tab_shows_and_what_no_buffer_began_can_not_be_gone_on_with(self):
        page = self.open()
        page.ask("one")
        thread = self.open_thread(page)
        expect(thread.locator("article").first).to_be_visible()
        expect(page.button("Go on with this one")).to_be_hidden()
        page.tab.keyboard.press("Escape")
        page.tab.keyboard.press("Escape")
        self.home.run("chat", "--backend", "echo", "--title", "from the shell", "-m", "hello")
        page.tab.get_by_role("button", name="Threads").click()
        page.tab.locator("#threads .hit", has_text="from the shell").click()
        expect(thread.get_by_role("heading", name="from the shell")).to_be_visible()
        expect(page.button("Go on with this one")).to_be_hidden()

    def test_an_answer_that_was_set_aside_can_be_looked_at(self):
        page = self.open()
        page.say("slowly, please")
        expect(page.panel.locator("article.coming .text")).to_contain_text("word by word")
        page.button("Stop").click()
        page.button("Retry").click()
        expect(page.messages.last).to_contain_text("The end.", timeout=30_000)
        expect(page.panel.locator(".coming")).to_have_count(0)
        self.home.until("The end.", "thread-search", "end")
        thread = self.open_thread(page)
        expect(thread).to_contain_text("2 messages, and 1 set aside")
        expect(thread.locator("article")).to_have_count(2)
        page.button("Show what was set aside").click()
        expect(thread.locator("article")).to_have_count(3)
        expect(thread.locator("article.aside")).to_contain_text("set aside")
        page.check_accessibility("set aside")
        page.picture("aside")
        page.button("Show what was set aside").click()
        expect(thread.locator("article")).to_have_count(2)

    def test_a_thread_is_exported_and_brought_into_another_home(self):
        page = self.open()
        page.ask("one")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        thread = self.open_thread(page)
        for name, start in (("Export Markdown", "#"), ("Export JSON", "{")):
            with page.tab.expect_download() as download:
                thread.get_by_role("button", name=name).click()
            text = pathlib.Path(download.value.path()).read_text()
            self.assertTrue(text.startswith(start), text[:80])
            self.assertIn("I heard: one", text)

    def test_an_import_says_what_became_of_it(self):
        page = self.open()
        page.ask("one")
        page.tab.get_by_role("button", name="Threads").click()
        field = page.tab.locator("#threads input[type=file]")
        field.set_input_files({"name": "bad.json", "mimeType": "application/json", "buffer": b'{"x":1}'})
        expect(page.tab.locator("#notice")).to_contain_text("bad.json: no export of mmogit")

    def test_threads_of_the_command_line_are_there(self):
        self.home.run("chat", "--backend", "echo", "--title", "from the shell", "-m", "hello")
        page = self.open()
        thread = self.open_thread(page)
        expect(thread.get_by_role("heading", name="from the shell")).to_be_visible()
        expect(thread.locator("article")).to_have_count(2)


class Proofs(PageTest):
    def test_a_proof_mark_opens_what_was_verified(self):
        page = self.open()
        page.ask("one")
        # Until it is in its thread's file the page would ask twice, and the console tell of it.
        self.home.until("I heard: one", "thread-search", "heard")
        page.panel.get_by_role("button", name="Verified").first.click()
        dialog = page.tab.get_by_role("dialog", name="What was verified")
        expect(dialog).to_contain_text("Your own key signed it")
        expect(dialog).to_contain_text("mmogit.message.v1")
        dialog.get_by_text("The signature: ").click()
        expect(dialog).to_contain_text("BEGIN SSH SIGNATURE")
        page.tab.keyboard.press("Escape")
        expect(page.panel.get_by_role("button", name="Verified").first).to_be_focused()

    def test_it_says_whose_key_it_is_and_openssh_says_the_same(self):
        page = self.open()
        page.ask("one")
        self.home.until("I heard: one", "thread-search", "heard")
        page.panel.get_by_role("button", name="Verified").last.click()
        dialog = page.tab.get_by_role("dialog", name="What was verified")
        expect(dialog).to_contain_text("an agent of yours")
        expect(dialog).to_contain_text("does not prove which model wrote them")
        page.picture("proof-of-an-agent")
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.home.folder))
        for name in ("message.json", "message.json.sig", "allowed_signers"):
            dialog.locator("summary", has_text=re.compile(f"{re.escape(name)}$")).click()
            with page.tab.expect_download() as download:
                dialog.get_by_role("button", name=f"Save {name}", exact=True).click()
            download.value.save_as(folder / name)
        command = dialog.locator(".command code").inner_text()
        check = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, timeout=30)
        self.assertEqual(check.returncode, 0, check.stderr)
        self.assertIn("Good", check.stdout)
        page.picture("proof-files")


class Audits(PageTest):
    def test_the_trail_is_read_and_cleared(self):
        page = self.open()
        page.ask("one")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        page.tab.get_by_role("button", name="Audit trail").click()
        dialog = page.tab.get_by_role("dialog", name="Audit trail")
        expect(dialog).to_contain_text("View cleared")
        dialog.get_by_role("button", name="Clear the trail").click()
        page.button("Delete the trail").click()
        expect(dialog).to_contain_text("Trail cleared")
        expect(dialog.locator(".results li")).to_have_count(1)

    def test_it_tells_what_people_want_to_know_and_all_of_it_fits(self):
        page = self.open(context=self.new_context(viewport={"width": 380, "height": 720}))
        page.say("hang on")
        expect(page.panel.locator("article.coming .text")).to_contain_text("begins")
        page.button("Stop").click()
        page.button("Retry").click()
        expect(page.panel.locator("article.coming .text")).to_contain_text("begins")
        page.button("🗑️ Clear").click()
        expect(page.messages).to_have_count(0)
        page.button("Undo").click()
        expect(page.messages).not_to_have_count(0)
        page.tab.get_by_role("button", name="Audit trail").click()
        dialog = page.tab.get_by_role("dialog", name="Audit trail")
        expect(dialog).to_contain_text("View brought back")
        for inner in ("request", "status", "key ", "[object"):
            expect(dialog.locator(".results")).not_to_contain_text(inner)
        self.assertFalse(dialog.evaluate("dialog => dialog.scrollWidth > dialog.clientWidth"))
        page.picture("audit-words")


class Settings(PageTest):
    def test_the_message_limit_is_kept_by_the_server(self):
        page = self.open()
        page.tab.get_by_role("button", name="Settings").click()
        limit = page.tab.get_by_label("Newest messages")
        expect(limit).to_have_value("50")
        limit.fill("20")
        limit.press("Enter")
        expect(page.tab.locator("#notice")).to_contain_text("20")
        page.tab.reload()
        page.tab.get_by_role("button", name="Settings").click()
        expect(limit).to_have_value("20")

    def test_colours_are_chosen_and_kept(self):
        page = self.open()
        page.tab.emulate_media(color_scheme="light")
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.tab.evaluate(paper)
        page.tab.get_by_role("button", name="Settings").click()
        page.tab.get_by_label("Dark").check()
        dark = page.tab.evaluate(paper)
        self.assertNotEqual(light, dark)
        page.tab.reload()
        self.assertEqual(page.tab.evaluate(paper), dark)

    def test_logging_out_ends_the_session(self):
        page = self.open()
        expect(page.field).to_be_focused()
        page.ask("one")
        token = json.loads(page.tab.evaluate("localStorage['mmogit.session']"))["token"]
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()
        expect(page.messages).to_have_count(0)
        status = page.tab.evaluate(
            "token => fetch('/api/chat-config', { headers: { Authorization: `Bearer ${token}` } }).then((got) => got.status)",
            token,
        )
        self.assertEqual(status, 401)

    def test_what_the_server_has_is_not_called_unsent(self):
        page = self.open()
        item = {"key": "0" * 32, "text": "one", "at": 0, "state": "stored", "id": "0" * 64, "storedAt": 9e15}
        page.tab.evaluate("item => (localStorage['mmogit.outbox.local.conversation.' + item.key] = JSON.stringify(item))", item)
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()

    def test_logging_out_asks_what_becomes_of_unsent_texts(self):
        page = self.open()
        page.ask("one")
        page.field.fill("not sent yet")
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()
        question = page.tab.get_by_role("dialog").last
        expect(question).to_contain_text("A text that you began was not sent.")
        page.check_accessibility("log out?")
        page.picture("log-out")
        question.get_by_role("button", name="Cancel").click()
        page.tab.keyboard.press("Escape")
        expect(page.field).to_have_value("not sent yet")
        page.tab.get_by_role("button", name="Settings").click()
        page.button("Log out of this browser").click()
        page.button("Log out and keep it").click()
        expect(page.tab.get_by_role("dialog", name="Open the conversation")).to_be_visible()
        expect(page.messages).to_have_count(0)
        expect(page.field).to_have_value("")
        page.picture("logged-out")

    def is_expected(self, trouble):
        return "401" in trouble


class Keys(PageTest):
    def test_every_shortcut_of_the_help_sheet(self):
        page = self.open()
        page.panel.locator(".scroll").focus()
        for key, name in (("?", "Keyboard shortcuts"), ("/", "Search"), ("Alt+t", "Threads"), ("Alt+a", "Audit trail"), ("Alt+s", "Settings")):
            page.tab.keyboard.press(key)
            expect(page.tab.get_by_role("dialog", name=name)).to_be_visible()
            page.tab.keyboard.press("Escape")
            expect(page.tab.get_by_role("dialog")).to_have_count(0)
        page.tab.keyboard.press("Alt+2")
        expect(page.tab.get_by_role("tab", name="💭 Inner Dialogue")).to_have_attribute("aria-selected", "true")
        expect(page.field).to_be_focused()
        page.tab.keyboard.type("?/")
        expect(page.field).to_have_value("?/")


if __name__ == "__main__":
    unittest.main()
