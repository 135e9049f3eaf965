//! What people and models write, made up: words as unevenly frequent as real ones, in many
//! languages, with code. The same seed gives the same text.

/// A small generator of numbers (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// How many different words there are.
const WORDS: usize = 40_000;
const ONSETS: [&str; 24] = [
    "b", "br", "c", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "qu",
    "r", "s", "st", "t", "v", "w",
];
const CORES: [&str; 12] = [
    "a", "e", "i", "o", "u", "ai", "ea", "ou", "io", "é", "ü", "y",
];
const ENDS: [&str; 14] = [
    "", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ng", "ck", "x",
];

/// Real words for the most frequent ranks, so that searches can name them.
const FREQUENT: [&str; 120] = [
    "the",
    "to",
    "a",
    "of",
    "and",
    "in",
    "is",
    "it",
    "you",
    "that",
    "for",
    "on",
    "with",
    "this",
    "be",
    "are",
    "as",
    "not",
    "have",
    "can",
    "or",
    "if",
    "we",
    "an",
    "at",
    "by",
    "from",
    "when",
    "will",
    "what",
    "how",
    "use",
    "there",
    "your",
    "which",
    "one",
    "but",
    "all",
    "so",
    "value",
    "function",
    "then",
    "should",
    "data",
    "code",
    "error",
    "each",
    "file",
    "time",
    "more",
    "first",
    "list",
    "way",
    "two",
    "test",
    "name",
    "only",
    "also",
    "system",
    "call",
    "key",
    "need",
    "work",
    "change",
    "type",
    "example",
    "set",
    "server",
    "user",
    "string",
    "request",
    "number",
    "result",
    "return",
    "case",
    "point",
    "message",
    "run",
    "model",
    "state",
    "thread",
    "token",
    "memory",
    "version",
    "write",
    "read",
    "check",
    "line",
    "client",
    "process",
    "query",
    "table",
    "index",
    "cache",
    "lock",
    "node",
    "stream",
    "branch",
    "commit",
    "merge",
    "signature",
    "refresh",
    "session",
    "password",
    "rotate",
    "deploy",
    "backup",
    "schema",
    "latency",
    "socket",
    "compiler",
    "lifetime",
    "borrow",
    "kernel",
    "tensor",
    "gradient",
    "recipe",
    "garden",
    "holiday",
    "violin",
];

/// Sentences of other languages: each message of one takes some of them.
const OTHERS: [&[&str]; 8] = [
    &[
        "Wie können wir die Prüfung später wiederholen?",
        "Die Änderung läuft über Nacht.",
        "Größere Dateien müssen zerlegt werden.",
    ],
    &[
        "Le café était déjà fermé à midi.",
        "Où est-ce que je peux vérifier la clé ?",
        "L’été dernier, nous avons tout changé.",
    ],
    &[
        "今日は東京都で会議があります。",
        "データベースの設計を見直しましょう。",
        "このエラーの原因は何ですか？",
    ],
    &[
        "我们需要重新设计数据库的索引。",
        "机器学习模型的训练时间太长了。",
        "请把这个错误解释一下。",
    ],
    &[
        "데이터베이스 색인을 다시 만들어야 합니다.",
        "오늘 회의는 몇 시에 시작합니까?",
        "이 오류의 원인을 설명해 주세요.",
    ],
    &[
        "Нужно ещё раз проверить подпись.",
        "Почему сервер отвечает так медленно?",
        "Сохраните резервную копию.",
    ],
    &[
        "يجب أن نتحقق من التوقيع مرة أخرى.",
        "لماذا الخادم بطيء جدا؟",
        "احفظ نسخة احتياطية.",
    ],
    &[
        "हमें हस्ताक्षर फिर से जाँचना चाहिए।",
        "सर्वर इतना धीमा क्यों है?",
        "एक बैकअप रखिए।",
    ],
];

pub struct Language {
    words: Vec<String>,
}

impl Language {
    pub fn new() -> Self {
        let mut dice = Dice::new(1);
        let mut words: Vec<String> = FREQUENT.iter().map(|word| (*word).to_owned()).collect();
        while words.len() < WORDS {
            let mut word = String::new();
            for _ in 0..=1 + dice.below(3) {
                word += dice.pick(&ONSETS);
                word += dice.pick(&CORES);
            }
            words.push(word + dice.pick(&ENDS));
        }
        Self { words }
    }

    /// A word; the one of rank n comes about 1/n as often as the first.
    pub fn word(&self, dice: &mut Dice) -> &str {
        let rank = (self.words.len() as f64).powf(dice.unit()) - 1.0;
        &self.words[(rank as usize).min(self.words.len() - 1)]
    }

    pub fn title(&self, dice: &mut Dice) -> String {
        let separator = if dice.chance(50) { "_" } else { " " };
        let words: Vec<&str> = (0..2 + dice.below(4)).map(|_| self.word(dice)).collect();
        words.join(separator)
    }

    /// A question or an answer.
    pub fn message(&self, dice: &mut Dice, is_answer: bool) -> String {
        if dice.chance(12) {
            let sentences = OTHERS[dice.below(OTHERS.len())];
            let count = if is_answer { 4 } else { 1 };
            return (0..count)
                .map(|_| dice.pick(sentences))
                .collect::<Vec<_>>()
                .join(" ");
        }
        let paragraphs = if is_answer { 1 + dice.below(4) } else { 1 };
        let mut text = String::new();
        for _ in 0..paragraphs {
            if is_answer && dice.chance(18) {
                self.code(dice, &mut text);
            }
            for _ in 0..1 + dice.below(3) {
                self.sentence(dice, &mut text);
            }
            text += "\n\n";
        }
        text.truncate(text.trim_end().len());
        text
    }

    fn sentence(&self, dice: &mut Dice, text: &mut String) {
        for place in 0..4 + dice.below(14) {
            if place > 0 {
                text.push(' ');
            }
            *text += self.word(dice);
        }
        *text += dice.pick(&[". ", ". ", "? ", ": "]);
    }

    fn code(&self, dice: &mut Dice, text: &mut String) {
        *text += "```rust\n";
        // Now and then a whole file.
        let lines = if dice.chance(3) {
            150 + dice.below(300)
        } else {
            3 + dice.below(20)
        };
        for _ in 0..lines {
            let [one, two, three] = [self.word(dice), self.word(dice), self.word(dice)];
            *text += &match dice.below(4) {
                0 => format!("fn {one}_{two}(&self, {three}: &str) -> Result<Vec<u8>, Error> {{\n"),
                1 => format!("    let {one} = self.{two}.get(&{three})?;\n"),
                2 => format!(
                    "    if {one} != {} {{ return Err(Error::{two}); }} // {three}\n",
                    dice.below(1000)
                ),
                _ => "}\n".to_owned(),
            };
        }
        *text += "```\n\n";
    }
}
