//! The languages, near relatives in one entry.

use super::{Keys, Language, Quote, Shape};

const fn quote(open: &'static str, close: &'static str, escapes: bool, spans_lines: bool) -> Quote {
    Quote {
        open,
        close,
        escapes,
        spans_lines,
    }
}

const DOUBLE: Quote = quote("\"", "\"", true, false);
const SINGLE: Quote = quote("'", "'", true, false);
const BARE: Quote = quote("'", "'", false, false);
const TICKS: Quote = quote("`", "`", true, true);
const RAW_TICKS: Quote = quote("`", "`", false, true);
const TRIPLE: Quote = quote("\"\"\"", "\"\"\"", true, true);
const TRIPLE_SINGLE: Quote = quote("'''", "'''", true, true);

const NONE: Language = Language {
    names: "",
    keywords: "",
    constants: "",
    comments: &[],
    block: None,
    nests: false,
    quotes: &[DOUBLE, SINGLE],
    sigils: "",
    word: "",
    keys: Keys::None,
    shape: Shape::Code,
    ignores_case: false,
    has_lifetimes: false,
};

/// Comments as C has them.
const C: Language = Language {
    comments: &["//"],
    block: Some(("/*", "*/")),
    ..NONE
};
/// Comments as shells have them.
const HASH: Language = Language {
    comments: &["#"],
    ..NONE
};

pub(super) const LANGUAGES: &[Language] = &[
    Language {
        names: "rust rs",
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match \
                   mod move mut pub ref return static struct super trait type union unsafe use where while yield",
        constants: "true false self Self None Some Ok Err",
        nests: true,
        quotes: &[
            quote("r#\"", "\"#", false, true),
            quote("\"", "\"", true, true),
        ],
        has_lifetimes: true,
        ..C
    },
    Language {
        names: "python py python3 pycon",
        keywords: "and as assert async await break case class continue def del elif else except finally for from \
                   global if import in is lambda match nonlocal not or pass raise return try while with yield",
        constants: "True False None self cls",
        quotes: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        sigils: "@",
        ..HASH
    },
    Language {
        names: "javascript js jsx mjs cjs node typescript ts tsx svelte",
        keywords: "abstract as async await break case catch class const continue debugger declare default delete do \
                   else enum export extends finally for from function get if implements import in instanceof \
                   interface is keyof let namespace new of private protected public readonly return satisfies set \
                   static super switch throw try type typeof var void while with yield",
        constants: "true false null undefined this NaN Infinity any bigint boolean never number object string symbol \
                    unknown",
        quotes: &[TICKS, DOUBLE, SINGLE],
        sigils: "@",
        word: "$",
        ..C
    },
    Language {
        names: "c h cpp c++ cc cxx hpp objc objective-c cuda ino arduino",
        keywords: "alignas alignof asm auto break case catch class const const_cast consteval constexpr constinit \
                   continue co_await co_return co_yield concept decltype default delete do dynamic_cast else enum \
                   explicit export extern final for friend goto if inline mutable namespace new noexcept operator \
                   override private protected public register reinterpret_cast requires restrict return sizeof \
                   static static_assert static_cast struct switch template throw try typedef typeid typename union \
                   using virtual volatile while",
        constants: "true false NULL nullptr this bool char double float int long short signed unsigned void size_t \
                    int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t",
        sigils: "#",
        ..C
    },
    Language {
        names: "go golang",
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import \
                   interface map package range return select struct switch type var",
        constants: "true false nil iota any bool byte error float32 float64 int int8 int16 int32 int64 rune string \
                    uint uint8 uint16 uint32 uint64 uintptr",
        quotes: &[RAW_TICKS, DOUBLE, SINGLE],
        ..C
    },
    Language {
        names: "java",
        keywords: "abstract assert break case catch class continue default do else enum extends final finally for if \
                   implements import instanceof interface module native new non-sealed package permits private \
                   protected public record return sealed static strictfp super switch synchronized throw throws \
                   transient try var volatile while yield",
        constants: "true false null this boolean byte char double float int long short void",
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        sigils: "@",
        ..C
    },
    Language {
        names: "kotlin kt kts",
        keywords: "abstract as break by catch class companion const constructor continue data do else enum final \
                   finally for fun if import in infix init inline inner interface internal is lateinit object open \
                   operator out override package private protected public return sealed super suspend tailrec throw \
                   try typealias val var vararg when where while",
        constants: "true false null this it",
        nests: true,
        quotes: &[quote("\"\"\"", "\"\"\"", false, true), DOUBLE, SINGLE],
        sigils: "@",
        ..C
    },
    Language {
        names: "csharp cs c# fsharp f# fs",
        keywords: "abstract and as async await base begin break case catch checked class const continue default \
                   delegate do done elif else end enum event explicit extern finally fixed for foreach fun function \
                   get goto if implicit in init inherit inline interface internal is let lock match member module \
                   mutable namespace new of open operator or out override params partial private protected public \
                   readonly rec record ref required return sealed set sizeof stackalloc static struct switch then \
                   throw try type typeof unchecked unsafe using val var virtual volatile when where while with yield",
        constants: "true false null this bool byte char decimal double dynamic float int long object sbyte short \
                    string uint ulong ushort void",
        quotes: &[TRIPLE, quote("@\"", "\"", false, true), DOUBLE, SINGLE],
        ..C
    },
    Language {
        names: "swift",
        keywords: "actor as associatedtype async await break case catch class continue convenience default defer \
                   deinit didSet do else enum extension fallthrough fileprivate final for func get guard if import \
                   in indirect init inout internal is lazy let mutating nonisolated open operator override precedencegroup \
                   private protocol public repeat required rethrows return set some static struct subscript \
                   super switch throw throws try typealias unowned var weak where while willSet",
        constants: "true false nil self Self Any",
        nests: true,
        quotes: &[TRIPLE, DOUBLE],
        sigils: "@#",
        ..C
    },
    Language {
        names: "scala dart groovy gradle",
        keywords: "abstract as assert async await break case catch class const continue def default do dynamic else \
                   enum export extends extension external factory final finally for forSome get given if implements \
                   implicit import in interface is late lazy library match mixin new object on operator override \
                   package part private protected public required rethrow return sealed set static super switch \
                   sync then throw throws trait try type typedef using val var when while with yield",
        constants: "true false null this void int double num bool String",
        quotes: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE],
        sigils: "@",
        ..C
    },
    Language {
        names: "php",
        keywords: "abstract and array as break callable case catch class clone const continue declare default do \
                   echo else elseif empty enum extends final finally fn for foreach function global goto if \
                   implements include include_once instanceof insteadof interface isset list match namespace new or \
                   print private protected public readonly require require_once return static switch throw trait try \
                   unset use var while xor yield",
        constants: "true false null self parent",
        comments: &["//", "#"],
        sigils: "$",
        ..C
    },
    Language {
        names: "zig",
        keywords: "align allowzero and anytype asm async await break callconv catch comptime const continue defer \
                   else enum errdefer error export extern fn for if inline linksection noalias noinline or orelse \
                   packed pub resume return struct suspend switch test threadlocal try union unreachable \
                   usingnamespace var volatile while",
        constants: "true false null undefined bool void noreturn type usize isize u8 u16 u32 u64 i8 i16 i32 i64 f32 f64",
        sigils: "@",
        ..C
    },
    Language {
        names: "protobuf proto thrift graphql gql solidity sol",
        keywords: "abstract address contract directive else emit enum error event exception extend extends external \
                   for fragment function if implements import input interface internal is library mapping memory \
                   message modifier mutation namespace oneof optional option package payable pragma private public \
                   pure query repeated required reserved return returns rpc scalar schema service storage stream \
                   struct subscription syntax throws type union using view virtual while",
        constants: "true false null bool bytes double fixed32 fixed64 float int32 int64 sint32 sint64 string uint32 \
                    uint64 uint256 i16 i32 i64 Int Float String Boolean ID",
        comments: &["//", "#"],
        sigils: "@$",
        ..C
    },
    Language {
        names: "bash sh shell zsh fish ksh shellscript dockerfile docker containerfile makefile make mk",
        keywords: "if then else elif fi for in do done while until case esac function select return break continue \
                   exit export local declare readonly unset set shift source alias trap eval exec end begin switch \
                   and or not FROM RUN CMD LABEL EXPOSE ENV ADD COPY ENTRYPOINT VOLUME USER WORKDIR ARG ONBUILD \
                   STOPSIGNAL HEALTHCHECK SHELL AS ifeq ifneq ifdef ifndef endif include define endef",
        constants: "true false",
        quotes: &[DOUBLE, BARE],
        sigils: "$",
        word: "-",
        ..HASH
    },
    Language {
        names: "powershell ps1 pwsh ps",
        keywords: "begin break catch class continue data do dynamicparam else elseif end enum exit filter finally for \
                   foreach from function if in param process return switch throw trap try until using while",
        block: Some(("<#", "#>")),
        quotes: &[quote("\"", "\"", false, false), BARE],
        sigils: "$",
        word: "-",
        ignores_case: true,
        ..HASH
    },
    Language {
        names: "ruby rb crystal",
        keywords: "BEGIN END alias and begin break case class def defined? do else elsif end ensure for if in module \
                   next not or redo rescue retry return super then undef unless until when while yield require \
                   require_relative include extend attr_reader attr_writer attr_accessor private protected public",
        constants: "true false nil self",
        sigils: "@:$",
        word: "?!",
        ..HASH
    },
    Language {
        names: "elixir ex exs",
        keywords: "after alias and case catch cond def defdelegate defexception defguard defimpl defmacro defmodule \
                   defp defprotocol defstruct do else end fn for if import in not or quote raise receive require \
                   rescue super throw try unless unquote use when with",
        constants: "true false nil",
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        sigils: "@:",
        word: "?!",
        ..HASH
    },
    Language {
        names: "perl pl pm",
        keywords: "and bless cmp continue die do else elsif eq for foreach ge given gt if last le local lt my ne next \
                   no not or our package print redo require return say state sub unless until use wantarray when \
                   while xor",
        constants: "undef __PACKAGE__",
        sigils: "$@%",
        ..HASH
    },
    Language {
        names: "r julia jl nim",
        keywords: "abstract addr and as asm baremodule begin bind block break case cast catch concept const continue \
                   converter defer discard distinct div do elif else elseif end enum except export finally for from \
                   func function global if import in include inherits is isnot iterator let library local macro \
                   method mixin mod module mutable next not notin object of or out primitive proc ptr quote raise \
                   ref repeat require return shl shr static struct template try tuple type using var when where while \
                   xor yield",
        constants: "TRUE FALSE NULL NA NaN Inf true false nothing missing nil",
        quotes: &[TRIPLE, DOUBLE, SINGLE],
        sigils: "@",
        ..HASH
    },
    Language {
        names: "yaml yml",
        constants: "true false null yes no on off True False",
        quotes: &[DOUBLE, BARE],
        sigils: "&*!",
        word: "-./'\"",
        keys: Keys::BeforeColon,
        ..HASH
    },
    Language {
        names: "toml ini cfg conf properties env dotenv desktop editorconfig gitconfig systemd",
        constants: "true false inf nan on off yes no",
        comments: &["#", ";"],
        quotes: &[TRIPLE, TRIPLE_SINGLE, DOUBLE, BARE],
        word: "-.",
        keys: Keys::BeforeEquals,
        ..NONE
    },
    Language {
        names: "hcl terraform tf nix",
        keywords: "assert check data dynamic else for for_each if import in inherit let locals module moved output \
                   provider rec resource terraform then variable with",
        constants: "true false null string number bool list map object set any",
        comments: &["#", "//"],
        block: Some(("/*", "*/")),
        quotes: &[quote("''", "''", false, true), DOUBLE],
        word: "-",
        ..NONE
    },
    Language {
        names: "json jsonc json5 jsonl ndjson geojson",
        constants: "true false null",
        quotes: &[DOUBLE],
        keys: Keys::Quoted,
        ..C
    },
    Language {
        names: "html htm xml svg xhtml vue rss xsl plist xaml",
        block: Some(("<!--", "-->")),
        quotes: &[quote("\"", "\"", false, true), quote("'", "'", false, true)],
        word: "-:.",
        shape: Shape::Markup,
        ..NONE
    },
    Language {
        names: "css scss sass less",
        comments: &["//"],
        sigils: "@$",
        word: "-",
        keys: Keys::BeforeColon,
        ..C
    },
    Language {
        names: "sql postgresql postgres mysql sqlite plsql tsql psql",
        keywords: "add all alter analyze and any as asc begin between by cascade case cast check column commit \
                   conflict constraint create cross database declare default delete desc distinct do drop each else \
                   end except exists explain fetch filter for foreign from full function grant group having if ilike \
                   in index inner insert intersect into is join key lateral left like limit materialized natural not \
                   nothing of offset on only or order outer over partition primary procedure recursive references \
                   release rename replace restrict returning returns revoke right rollback row rows savepoint select \
                   set some table temporary then to transaction trigger truncate union unique update using values \
                   view virtual when where window with",
        constants: "true false null bigint blob boolean bytea char date decimal double float int integer interval \
                    json jsonb numeric real serial smallint text time timestamp timestamptz uuid varchar",
        comments: &["--"],
        block: Some(("/*", "*/")),
        quotes: &[BARE, quote("\"", "\"", false, false)],
        ignores_case: true,
        ..NONE
    },
    Language {
        names: "lua luau",
        keywords: "and break do else elseif end for function goto if in local not or repeat return then until while",
        constants: "true false nil self",
        comments: &["--"],
        block: Some(("--[[", "]]")),
        quotes: &[quote("[[", "]]", false, true), DOUBLE, SINGLE],
        ..NONE
    },
    Language {
        names: "haskell hs elm purescript agda",
        keywords: "as case class data default deriving do else family forall foreign hiding if import in infix infixl \
                   infixr instance let module newtype of port qualified then type where",
        constants: "True False Nothing Just Left Right",
        comments: &["--"],
        block: Some(("{-", "-}")),
        nests: true,
        quotes: &[TRIPLE, DOUBLE],
        word: "'",
        has_lifetimes: true,
        ..NONE
    },
    Language {
        names: "ocaml ml sml reason",
        keywords: "and as assert begin class constraint do done downto else end exception external for fun function \
                   functor if in include inherit initializer lazy let match method module mutable new nonrec object of \
                   open or private rec sig struct then to try type val virtual when while with",
        constants: "true false None Some Ok Error",
        block: Some(("(*", "*)")),
        nests: true,
        quotes: &[DOUBLE],
        word: "'",
        has_lifetimes: true,
        ..NONE
    },
    Language {
        names: "lisp elisp emacs-lisp common-lisp clojure clj cljs scheme racket",
        keywords: "def defn defmacro defun defvar defparameter defconst define lambda fn let let* letrec loop recur \
                   if cond when unless case do progn begin set! setq setf quote require ns import and or not",
        constants: "nil t true false",
        comments: &[";"],
        quotes: &[quote("\"", "\"", true, true)],
        sigils: ":",
        word: "-*+!?<>=/",
        ..NONE
    },
    Language {
        names: "erlang erl tex latex matlab octave",
        keywords: "after and andalso begin break case catch classdef cond continue else elseif end endfunction fun for \
                   function global if let maybe methods not of or orelse otherwise parfor persistent properties \
                   receive return spmd switch try when while",
        constants: "true false undefined",
        comments: &["%"],
        quotes: &[quote("\"", "\"", true, false)],
        sigils: "\\",
        ..NONE
    },
    Language {
        names: "diff patch udiff",
        shape: Shape::Diff,
        ..NONE
    },
];
