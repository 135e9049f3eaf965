//! A thread as one page for a browser, with nothing beside it: no script, no picture, nothing
//! fetched.
//!
//! Messages are Markdown, drawn by a parser that hands out events; what becomes of each event is
//! decided here, so the only elements and attributes on the page are those that this file or the
//! parser's writer puts there. Raw HTML is shown as text, links lead only to the web or to letters,
//! images are links. The page's own policy is a second wall: a browser that honours it runs no
//! script and fetches nothing, whatever the page held.

use super::links::is_safe;
use super::{ListingLine, Proof, Sheet, SheetFact, SheetMessage, SheetVerdict};
use crate::model::Role;
use crate::render::counted::counted;
use crate::render::markdown::{Highlight, Kind};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd,
};

const STYLE: &str = include_str!("html/page.css");
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page.
pub fn document(sheet: &Sheet) -> String {
    let title = escape(&sheet.title);
    let facts: String = sheet.facts.iter().map(fact).collect();
    let messages: String = sheet.messages.iter().map(message_section).collect();
    let remarks: String = sheet
        .remarks
        .iter()
        .map(|remark| format!("<p>{}</p>\n", escape(remark)))
        .collect();
    page(
        &sheet.title,
        &format!(
            "<header class=\"top\">\n<h1>{title}</h1>\n{}<dl>\n{facts}</dl>\n</header>\n{messages}\
             <footer class=\"end\">\n{remarks}{}</footer>\n",
            verdict(&sheet.verdict),
            how_to_check(&sheet.id),
        ),
    )
}

/// A page that lists others, which are files beside it: the last changed first.
pub fn index(threads: &mut [ListingLine]) -> String {
    threads
        .sort_by(|one, other| (&other.updated_at, &one.file).cmp(&(&one.updated_at, &other.file)));
    let rows: String = threads.iter().map(row).collect();
    let count = counted(threads.len(), "thread");
    page(
        "Threads",
        &format!(
            "<header class=\"top\">\n<h1>Threads</h1>\n<p>{count}, the last changed first</p>\n</header>\n\
             <ul class=\"threads\">\n{rows}</ul>\n"
        ),
    )
}

fn row(thread: &ListingLine) -> String {
    let (class, sign, proof) = match thread.holds {
        Some(true) => ("good", "✓", "verifies"),
        Some(false) => ("bad", "✗", "does not verify"),
        None => ("unsure", "!", "unverifiable (legacy)"),
    };
    let tags: String = thread
        .tags
        .iter()
        .map(|tag| format!(" <code>{}</code>", escape(tag)))
        .collect();
    format!(
        "<li><a href=\"{}\">{}</a> <small><time>{}</time> · {} · <span class=\"{class}\"><b>{sign}</b> {proof}</span>\
         {tags}</small></li>\n",
        beside(&thread.file),
        escape(&thread.title),
        escape(&thread.changed),
        counted(thread.messages, "message"),
    )
}

/// The address of a file beside the page: no name can lead elsewhere.
fn beside(file: &str) -> String {
    let mut address = "./".to_owned();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address += &format!("%{byte:02X}");
        }
    }
    address
}

fn page(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"mmogit\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        escape(title)
    )
}

fn fact(fact: &SheetFact) -> String {
    let draw = |value: &String| {
        let value = escape(value);
        if fact.is_code {
            format!("<code>{value}</code>")
        } else {
            format!("<span>{value}</span>")
        }
    };
    let values: Vec<String> = fact.values.iter().map(draw).collect();
    format!(
        "<div><dt>{}</dt><dd>{}</dd></div>\n",
        fact.name,
        values.join(" ")
    )
}

fn verdict(verdict: &SheetVerdict) -> String {
    let (class, sign) = match verdict {
        SheetVerdict::Valid => ("good", "✓"),
        SheetVerdict::Invalid(_) => ("bad", "✗"),
        SheetVerdict::Legacy => ("unsure", "!"),
    };
    let mut text = format!(
        "<p class=\"standing {class}\"><b>{sign}</b> {}",
        escape(&verdict.in_words())
    );
    if let SheetVerdict::Invalid(problems) = verdict {
        text += &problems
            .iter()
            .map(|problem| format!("<br>{}", escape(problem)))
            .collect::<String>();
    }
    text + "</p>\n"
}

fn message_section(message: &SheetMessage) -> String {
    let (class, sign) = match message.proof {
        Proof::Signed { .. } => ("good", "✓"),
        Proof::Attested { .. } => ("unsure", "↧"),
        Proof::Unproven(_) => ("bad", "✗"),
        Proof::Unverifiable => ("unsure", "!"),
    };
    // A legacy role is any text, and a class must not be.
    let of = match message.role.as_str() {
        "human" => "human",
        "ai" => "ai",
        _ => "other",
    };
    let aside = if message.is_aside { " aside" } else { "" };
    let typed = if is_typed(message) { " typed" } else { "" };
    let through: String = message
        .through
        .iter()
        .map(|part| format!(" <span>{}</span>", escape(part)))
        .collect();
    let id = message
        .proof
        .id()
        .map(|id| format!(" <span>message {id}…</span>"))
        .unwrap_or_default();
    let notes: String = message
        .notes
        .iter()
        .map(|note| format!(" <span>{}</span>", escape(note)))
        .collect();
    let number = message.number;
    format!(
        "<article class=\"{of}{typed}{aside}\" id=\"m{number}\">\n<header><h2>{}</h2>{through} \
         <a href=\"#m{number}\">{number}</a> <time>{}</time></header>\n<div class=\"text\">\n{}</div>\n\
         <footer class=\"{class}\"><b>{sign}</b> <span>{}</span>{id}{notes}</footer>\n</article>\n",
        escape(&message.role),
        escape(&message.time),
        body(message),
        escape(&message.proof.in_words()),
    )
}

fn how_to_check(id: &str) -> String {
    let id = if id.starts_with("thread_") {
        escape(id)
    } else {
        "THREAD".to_owned()
    };
    format!(
        "<h2>How to check it</h2>\n<p>This page is a copy to read; it proves nothing by itself. The thread it was made from \
         does. Where it is kept:</p>\n<pre><code>mmogit verify {id}</code></pre>\n<p>To take it along, with the program \
         that checks it:</p>\n<pre><code>mmogit thread-export {id} --format bundle --output thread.bundle\n\
         mmogit verify --file thread.bundle</code></pre>\n<p>Without mmogit, its <code>examples/verify.py</code> does the \
         same with nothing but Python.</p>\n"
    )
}

/// Text as text, in an element or in an attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

/// What a person wrote as they typed it, what an AI wrote as the Markdown it is.
fn body(message: &SheetMessage) -> String {
    if is_typed(message) {
        format!("<p>{}</p>\n", escape(&message.text))
    } else {
        markdown(&message.text)
    }
}

fn is_typed(message: &SheetMessage) -> bool {
    Role::read(&message.role).is_some_and(Role::is_persons)
}

/// A message's Markdown as HTML that can do nothing.
fn markdown(text: &str) -> String {
    written(text, Tamer::default())
}

/// The same, with the parts of code in a `span` each, whose class says what it is.
pub fn markdown_in_colours(text: &str) -> String {
    let in_colours = Tamer {
        in_colours: true,
        ..Tamer::default()
    };
    written(text, in_colours)
}

fn written(text: &str, mut tamer: Tamer) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(text, options).map(|event| tamer.tame(event));
    let mut html = String::with_capacity(text.len() * 2);
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

/// So many elements may stand within each other. What is deeper is read without its signs: a few bytes
/// could else ask whoever reads the page for elements without end.
const DEEPEST: usize = 50;

/// Goes through the events of a message in order.
#[derive(Default)]
struct Tamer {
    /// How many elements are open.
    depth: usize,
    /// For each link or image that is open, whether an `a` was opened for it.
    open: Vec<bool>,
    /// Whether the parts of code are told apart, and headings made to follow each other level by
    /// level: a page that is walked by its headings has more than this message.
    in_colours: bool,
    /// The last heading's level.
    heading: Option<HeadingLevel>,
    /// The block of code that is open, if its language is known.
    code: Option<Highlight>,
}

impl Tamer {
    fn tame<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        if self.is_too_deep(&event) {
            return ours("");
        }
        match event {
            // The writer would let these through as they are.
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Start(Tag::HtmlBlock) => Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)),
            Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::CodeBlock),
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                let is_letter = link_type == LinkType::Email;
                let target = if is_letter {
                    format!("mailto:{dest_url}")
                } else {
                    dest_url.into_string()
                };
                self.open_link(&target, "")
            }
            Event::Start(Tag::Image { dest_url, .. }) => self.open_link(&dest_url, "image: "),
            Event::End(TagEnd::Link | TagEnd::Image) => ours(if self.open.pop() == Some(true) {
                "</a>"
            } else {
                "</span>"
            }),
            // A message's headings stand below the page's and the message's own.
            Event::Start(Tag::Heading { level, .. }) => {
                let level = self.open_heading(level);
                Event::Start(Tag::Heading {
                    level,
                    id: None,
                    classes: Vec::new(),
                    attrs: Vec::new(),
                })
            }
            Event::End(TagEnd::Heading(level)) => {
                let level = self.heading.unwrap_or(lower(level));
                Event::End(TagEnd::Heading(level))
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                self.code = Highlight::of(&info).filter(|_| self.in_colours);
                open_code(&info)
            }
            Event::End(TagEnd::CodeBlock) => {
                self.code = None;
                Event::End(TagEnd::CodeBlock)
            }
            Event::Text(code) => match &mut self.code {
                Some(highlight) => ours(coloured(&code, highlight)),
                None => Event::Text(code),
            },
            Event::TaskListMarker(is_done) => ours(if is_done { "☑ " } else { "☐ " }),
            // What was written in lines is read in lines.
            Event::SoftBreak => Event::HardBreak,
            event => event,
        }
    }

    /// Whether an element begins or ends that is not written. Such a one has both its ends left out.
    fn is_too_deep(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(_) => {
                self.depth += 1;
                self.depth > DEEPEST
            }
            Event::End(_) => {
                self.depth -= 1;
                self.depth >= DEEPEST
            }
            _ => false,
        }
    }

    fn open_heading(&mut self, level: HeadingLevel) -> HeadingLevel {
        let lowered = lower(level);
        let deepest = match self.heading {
            _ if !self.in_colours => lowered,
            None => HeadingLevel::H3,
            Some(HeadingLevel::H3) => HeadingLevel::H4,
            Some(HeadingLevel::H4) => HeadingLevel::H5,
            Some(_) => HeadingLevel::H6,
        };
        let level = lowered.min(deepest);
        self.heading = Some(level);
        level
    }

    fn open_link<'a>(&mut self, target: &str, label: &str) -> Event<'a> {
        // An `a` within an `a` would end it.
        let may = is_safe(target) && !self.open.contains(&true);
        self.open.push(may);
        let target = escape(target);
        ours(if may {
            format!("<a href=\"{target}\" rel=\"noopener noreferrer nofollow\">{label}")
        } else {
            format!("<span title=\"{target}\">{label}")
        })
    }
}

/// Code with its parts told apart.
fn coloured(code: &str, highlight: &mut Highlight) -> String {
    let mut html = String::with_capacity(code.len() * 2);
    let mut out = |piece: &str, kind: Kind| {
        let piece = escape(piece);
        match class(kind) {
            None => html += &piece,
            Some(class) => html += &format!("<span class=\"{class}\">{piece}</span>"),
        }
    };
    for line in code.split_inclusive('\n') {
        let text = line.strip_suffix('\n');
        for c in text.unwrap_or(line).chars() {
            highlight.push(c, &mut out);
        }
        // Whatever a piece ends with: nothing is held back.
        highlight.end_line(&mut out);
        if text.is_some() {
            out("\n", Kind::Plain);
        }
    }
    html
}

fn class(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Plain => None,
        Kind::Comment => Some("comment"),
        Kind::Keyword => Some("keyword"),
        Kind::Quoted => Some("quoted"),
        Kind::Number => Some("number"),
        Kind::Name => Some("name"),
        Kind::Removed => Some("removed"),
    }
}

/// HTML that this file wrote.
fn ours<'a>(html: impl Into<CowStr<'a>>) -> Event<'a> {
    Event::InlineHtml(html.into())
}

/// The writer closes what is opened here.
fn open_code<'a>(info: &str) -> Event<'a> {
    let language = info.split_whitespace().next().unwrap_or_default();
    let label = if language.is_empty() {
        String::new()
    } else {
        format!("<i>{}</i>", escape(language))
    };
    ours(format!("<pre>{label}<code>"))
}

fn lower(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 => HeadingLevel::H3,
        HeadingLevel::H2 => HeadingLevel::H4,
        HeadingLevel::H3 => HeadingLevel::H5,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H6,
    }
}

#[cfg(test)]
mod tests;
