//! A thread as one Markdown document (CommonMark, and GitHub's flavour alike).
//!
//! Every message is a block quote: each of its lines begins with `>`, and a blank line without one
//! follows. No text can leave a block quote, whatever fence, list, rule or heading it holds or
//! leaves open: CommonMark ends all of them with the quote. So what stands outside the quotes is
//! the export's own word, and what stands inside never is; taking the `>` off gives the message
//! back.
//!
//! Four things would act beyond their place all the same, and `tame` takes that from them with a
//! backslash, which shows them as they were typed: raw HTML (a viewer that lets it through would
//! close the quote), link and footnote definitions (they hold for the whole document, other
//! people's messages included), images (fetched without asking) and links to other things than the
//! web.

use super::links::is_safe;
use super::{Proof, Sheet, SheetFact, SheetMessage, SheetVerdict};
use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::ops::Range;

/// After so many rounds of backslashes a text is shown as code instead; what people write needs one
/// or two.
const ROUNDS: usize = 16;

/// The document.
pub fn document(sheet: &Sheet) -> String {
    let mut text = format!("# {}\n\n", inline(&sheet.title));
    for fact in &sheet.facts {
        text += &fact_line(fact);
    }
    text += &verdict(&sheet.verdict);
    for message in &sheet.messages {
        text += &message_section(message);
    }
    text += "\n---\n\n";
    for remark in &sheet.remarks {
        text += &format!("{}\n\n", inline(remark));
    }
    text + &how_to_check(&sheet.id)
}

/// The title and the messages alone. What it says of standing within quotes holds here too.
pub fn bare(sheet: &Sheet) -> String {
    let mut text = format!("# {}\n", inline(&sheet.title));
    for message in &sheet.messages {
        let notes: String = message
            .notes
            .iter()
            .map(|note| format!(" · {}", inline(note)))
            .collect();
        text += &format!("\n## {} {}{notes}\n\n", message.icon, inline(&message.role));
        text += &quote(&tame(&message.text));
    }
    text
}

fn fact_line(fact: &SheetFact) -> String {
    let draw = |value: &String| {
        if fact.is_code {
            code_span(value)
        } else {
            inline(value)
        }
    };
    let values: Vec<String> = fact.values.iter().map(draw).collect();
    format!("- **{}:** {}\n", fact.name, values.join(", "))
}

fn verdict(verdict: &SheetVerdict) -> String {
    let sign = match verdict {
        SheetVerdict::Valid => "✅",
        SheetVerdict::Invalid(_) => "❌",
        SheetVerdict::Legacy => "⚠️",
    };
    let mut text = format!("- **Proof:** {sign} {}\n", verdict.in_words());
    if let SheetVerdict::Invalid(problems) = verdict {
        for problem in problems {
            text += &format!("  - {}\n", inline(problem));
        }
    }
    text
}

fn message_section(message: &SheetMessage) -> String {
    let SheetMessage {
        number,
        icon,
        role,
        time,
        ..
    } = message;
    let through = message
        .through
        .iter()
        .map(|part| format!(" · {}", inline(part)))
        .collect::<String>();
    let mut text = format!(
        "\n## {number} · {icon} {}{through} · {}\n\n",
        inline(role),
        inline(time)
    );
    let sign = match message.proof {
        Proof::Signed { .. } => "✅",
        Proof::Attested { .. } => "📥",
        Proof::Unproven(_) => "❌",
        Proof::Unverifiable => "⚠️",
    };
    text += &format!("{sign} {}", inline(&message.proof.in_words()));
    if let Some(id) = message.proof.id() {
        text += &format!(" · message {id}…");
    }
    for note in &message.notes {
        text += &format!(" · {}", inline(note));
    }
    text + "\n\n" + &quote(&tame(&message.text))
}

fn how_to_check(id: &str) -> String {
    let id = if id.starts_with("thread_") {
        id
    } else {
        "THREAD"
    };
    format!(
        "*A copy to read; it proves nothing by itself. The thread it was made from does: {} where it is kept, or take it \
         along with {} and check it anywhere with {}, or with nothing but Python and mmogit's `examples/verify.py`.*\n",
        code_span(&format!("mmogit verify {id}")),
        code_span(&format!("mmogit thread-export {id} --format bundle")),
        code_span("mmogit verify --file"),
    )
}

/// Text in a line of its own, with nothing in it that means anything in Markdown.
fn inline(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut escaped = String::with_capacity(text.len());
    for (place, c) in characters.iter().enumerate() {
        let is_word = |place: Option<usize>| {
            place
                .and_then(|place| characters.get(place))
                .is_some_and(|c| c.is_alphanumeric())
        };
        let means = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '~' | '|' | '$' => true,
            // Within a word it means nothing, and titles are full of it.
            '_' => !is_word(place.checked_sub(1)) || !is_word(Some(place + 1)),
            // At the end of a heading it would be taken for its closing.
            '#' => true,
            _ => false,
        };
        if means {
            escaped.push('\\');
        }
        escaped.push(*c);
    }
    escaped
}

/// Text as code within a line.
fn code_span(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Puts `>` before every line.
fn quote(text: &str) -> String {
    let lines = expand_tabs(text.trim_end());
    let quoted = |line: &String| {
        if line.is_empty() {
            ">\n".to_owned()
        } else {
            format!("> {line}\n")
        }
    };
    lines.iter().map(quoted).collect()
}

fn github() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
}

/// Takes from a text what would act outside its place. What can't be tamed with backslashes is
/// shown as code.
pub(super) fn tame(text: &str) -> String {
    let mut text = without_trailing_tabs(text);
    for _ in 0..ROUNDS {
        let mut wild = definitions(&text);
        if wild.is_empty() {
            // A viewer may know GitHub's tables, or not; what is code to one can be live to the
            // other.
            wild = wild_places(&text, Options::empty());
            wild.extend(wild_places(&text, github()));
            wild.extend(unsure_code(&text));
        }
        if wild.is_empty() {
            return text;
        }
        for place in wild.iter().rev() {
            text.insert(*place, '\\');
        }
    }
    as_code(&text)
}

/// Where a tab stands at the end of a line, the line ends before it: whether a fence that a tab
/// follows ends code is something on which parsers don't agree.
fn without_trailing_tabs(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let bare = line.trim_end_matches([' ', '\t']);
        if line[bare.len()..].contains('\t') {
            bare
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn as_code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Where a backslash is wanted.
fn wild_places(text: &str, options: Options) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    let mut mark = |range: Range<usize>, what: char, all: bool| {
        let found = text[range.clone()]
            .match_indices(what)
            .map(|(place, _)| range.start + place);
        places.extend(found.take(if all { usize::MAX } else { 1 }));
    };
    // GitHub makes a coloured box with a title of a quote that begins so.
    if text.starts_with("[!") {
        mark(0..1, '[', false);
    }
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Html(_) | Event::InlineHtml(_) => mark(range, '<', true),
            Event::Start(Tag::Image { .. }) => mark(range, '!', false),
            Event::Start(Tag::Link {
                dest_url,
                link_type,
                ..
            }) => {
                let is_letter = link_type == LinkType::Email;
                if !is_letter && !is_safe(&dest_url) {
                    let opens = if text[range.clone()].starts_with('<') {
                        '<'
                    } else {
                        '['
                    };
                    mark(range, opens, false);
                }
            }
            _ => {}
        }
    }
    places
}

/// The colon of whatever could be the definition of a link or a footnote, `[a]: …`. Whether it is
/// one depends on where a paragraph begins, on which parsers don't always agree; in code it never
/// is, if its bracket opens there too.
fn definitions(text: &str) -> BTreeSet<usize> {
    let candidates: Vec<usize> = text.match_indices("]:").map(|(place, _)| place).collect();
    if candidates.is_empty() {
        return BTreeSet::new();
    }
    let mut sure = Vec::new();
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => sure.push((range, true)),
            Event::Code(_)
            | Event::Start(Tag::Link {
                link_type: LinkType::Autolink,
                ..
            }) => {
                sure.push((range, false));
            }
            _ => {}
        }
    }
    let is_sure = |place: &usize| {
        sure.iter().any(|(range, is_block)| {
            range.contains(place) && (*is_block || text[range.start..*place].contains('['))
        })
    };
    candidates
        .into_iter()
        .filter(|place| !is_sure(place))
        .map(|place| place + 1)
        .collect()
}

/// The backticks of code that not every parser takes for code. Code within lines ends where its
/// paragraph or its cell does, and on where tables and footnotes begin they don't all agree; what
/// it held is live then, and backticks pair anew. Code in one line, without the mark of a cell, is
/// code to all.
fn unsure_code(text: &str) -> BTreeSet<usize> {
    let events = Parser::new_ext(text, Options::empty()).into_offset_iter();
    let code: Vec<(usize, &str)> = events
        .filter(|(event, _)| matches!(event, Event::Code(_)))
        .map(|(_, range)| (range.start, &text[range]))
        .collect();
    if !code.iter().any(|(_, code)| code.contains(['<', '['])) {
        return BTreeSet::new();
    }
    let is_delimiter = |line: &str| {
        line.contains('-') && line.chars().all(|c| "-:| \t>*+.)0123456789".contains(c))
    };
    let has_table = text.lines().any(is_delimiter);
    let is_unsure =
        |(_, code): &(usize, &str)| code.contains('\n') || has_table && code.contains('|');
    let backticks = |(start, code): (usize, &str)| {
        start..start + code.bytes().take_while(|byte| *byte == b'`').count()
    };
    code.into_iter()
        .filter(is_unsure)
        .flat_map(backticks)
        .collect()
}

/// The lines, with spaces for tabs: a tab's width depends on its column, and the quote moves every
/// column. In a fence a tab is part of the code, and stays, unless the indentation that it makes
/// decides where the fence ends.
fn expand_tabs(text: &str) -> Vec<String> {
    let fences = fences(text);
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        let fence = fences
            .iter()
            .find(|(range, _)| range.start < start && start < range.end);
        let code = line.trim_start_matches([' ', '\t']);
        lines.push(match fence {
            None => without_tabs(line),
            Some((_, is_nested))
                if code.starts_with(['`', '~']) || *is_nested && line.starts_with('\t') =>
            {
                without_tabs(&line[..line.len() - code.len()]) + code
            }
            Some(_) => line.to_owned(),
        });
        start += line.len() + 1;
    }
    lines
}

/// Where fenced code stands, and whether within a list or a quote.
fn fences(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut fences = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(text, github()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                fences.push((range, depth > 0))
            }
            Event::Start(Tag::Item | Tag::BlockQuote(_)) => depth += 1,
            Event::End(TagEnd::Item | TagEnd::BlockQuote(_)) => depth -= 1,
            _ => {}
        }
    }
    fences
}

fn without_tabs(line: &str) -> String {
    let mut column = 0;
    let mut spaced = String::with_capacity(line.len());
    for c in line.chars() {
        let width = if c == '\t' { 4 - column % 4 } else { 1 };
        column += width;
        match c {
            '\t' => spaced.extend(std::iter::repeat_n(' ', width)),
            c => spaced.push(c),
        }
    }
    spaced
}

#[cfg(test)]
mod tests;
