//! A program and its arguments, written in one line as for a shell; no shell reads it.

/// The words of a line; `None` where a quote is not closed.
pub fn split(line: &str) -> Option<Vec<String>> {
    shlex::split(line)
}

/// The first word of a command that only a shell would understand. What is quoted can't be told
/// from what is not, so this is a guess; a program that is given a line by `-c` is a shell.
pub fn shell_sign(line: &str) -> Option<String> {
    let words = shlex::split(line)?;
    if words.iter().any(|word| word == "-c") {
        return None;
    }
    let is_sign = |word: &String| {
        let is_alone = ["&", "&&", ";"].contains(&word.as_str());
        let is_redirection = ["<", ">", "1>", "2>"]
            .iter()
            .any(|sign| word.starts_with(sign));
        let has_one =
            word.contains('|') || word.contains("$(") || (word.len() > 1 && word.ends_with(';'));
        !word.contains(char::is_whitespace) && (is_alone || is_redirection || has_one)
    };
    words.into_iter().find(is_sign)
}

#[cfg(test)]
mod tests {
    use super::shell_sign;

    #[test]
    fn what_only_a_shell_understands_is_seen() {
        for (line, sign) in [
            ("code | tail", Some("|")),
            ("code|tail", Some("code|tail")),
            ("code >out", Some(">out")),
            ("code 2>&1", Some("2>&1")),
            ("a && b", Some("&&")),
            ("echo $(date)", Some("$(date)")),
            ("sh -c 'a | b'", None),
            ("sh -c 'a|b'", None),
            ("llm -m gpt-4o-mini", None),
            ("llm -s 'one | two'", None),
        ] {
            assert_eq!(shell_sign(line).as_deref(), sign, "{line}");
        }
    }
}
