//! Names as Swift's API design guidelines have them, and none that Apple's frameworks have.

use anyhow::{Context as _, Result, ensure};
use heck::ToLowerCamelCase as _;
use regex::Regex;
use uniffi_bindgen::ComponentInterface;

use super::docs::Cases;
use super::times::times;
use super::{Draft, docs};

/// Types with another name than elsewhere.
const RENAMED: [(&str, &str); 7] = [
    ("Sottovoce", "SottovoceEngine"), // the module: inside of a class of the same name its types could not be reached
    ("SottovoceInterface", "SottovoceEngineInterface"),
    ("SottovoceProtocol", "SottovoceEngineProtocol"),
    ("Config", "SottovoceConfig"), // every app has one
    ("Logger", "SottovoceLogger"), // `os`
    ("LoggerImpl", "SottovoceLoggerImpl"),
    ("PreferenceKey", "SottovocePreferenceKey"), // SwiftUI
];

/// Arguments that the name of the call announces already, such as in `track(_ event:)`.
const UNLABELLED: [(&str, &[&str]); 28] = [
    ("request", &["recommend", "query", "keepForWidget", "send", "poll"]),
    ("change", &["changed"]),
    ("word", &["wordText"]),
    ("error", &["errorText"]),
    ("logger", &["setLogger"]),
    ("currency", &["currencyDecimals"]),
    ("vector", &["byVector"]),
    ("listener", &["setListener", "subscribe"]),
    ("event", &["track"]),
    ("context", &["setContext"]),
    ("mode", &["setMode"]),
    ("purpose", &["isAllowed"]),
    ("purposes", &["withdraw", "served"]),
    ("choices", &["record"]),
    ("tag", &["sensitive", "answerSensitive"]),
    ("policy", &["applyPolicy"]),
    ("signals", &["applySignals"]),
    ("answers", &["importAnswers"]),
    ("scope", &["erase"]),
    ("correction", &["correct"]),
    ("itemIDs", &["items"]),
    ("layoutID", &["storefront", "preview"]),
    ("slotID", &["decide"]),
    ("productIDs", &["products"]),
    ("surface", &["intensity"]),
    ("key", &["variant", "expose"]),
    ("message", &["scheduled"]),
    ("ruleID", &["setMuted"]),
];

/// Methods of the app's own objects that the generated code calls without a label, too.
const CALLED_BACK: [(&str, &str); 2] = [("send", "request"), ("changed", "change")];

/// Calls whose result a caller may have no use for.
const DISCARDABLE: [&str; 17] = [
    "acceptAll",
    "answerSensitive",
    "applyPolicy",
    "correct",
    "discard",
    "erase",
    "expose",
    "importAnswers",
    "install",
    "keepForWidget",
    "record",
    "refuseAll",
    "runMaintenance",
    "save",
    "subscribe",
    "track",
    "unlock",
];
/// The same where other calls have the same name.
const DISCARDABLE_OF: [(&str, &str); 2] = [("served", "purposes"), ("withdraw", "purposes")];

pub(super) fn conventions(plain: &str, api: &ComponentInterface) -> Result<String> {
    let mut draft = Draft::new(plain);
    for (plain, own) in RENAMED {
        if draft.text.contains(plain) {
            draft.text = Regex::new(&format!(r"\b{plain}\b"))?.replace_all(&draft.text, own).into_owned();
        }
    }
    own_names_of_fields(&mut draft)?;
    lower_case_errors(&mut draft, api)?;
    whole_numbers(&mut draft)?;
    draft.text = docs::respell(
        &draft.text,
        api,
        initials,
        (Cases::All, |value: &str| initials(&value.to_lower_camel_case())),
    );
    draft.text = initials(&draft.text);
    for (label, calls) in UNLABELLED {
        for call in calls {
            draft.replace(&format!(r"func {call}\({label}:"), &format!("func {call}(_ {label}:"))?;
        }
    }
    for (call, label) in CALLED_BACK {
        draft.replace(&format!(r"(uniffiObj\.{call}\(\s*){label}: "), "$1")?;
    }
    let discardable = DISCARDABLE.map(|call| format!(r"{call}\([^\n]*-> "));
    let of = DISCARDABLE_OF.map(|(call, argument)| format!(r"{call}\(_ {argument}:[^\n]*-> "));
    for call in discardable.iter().chain(&of) {
        draft.replace(&format!(r"(?m)^((?:open )?func {call})"), "@discardableResult\n$1")?;
    }
    draft.replace(
        r"(?m)^(public static func `?open`?\(config: [^\n]*\{\n)",
        "$1    try config.prepareFolder()\n",
    )?;
    fakes(&mut draft)?;
    views(&mut draft, api);
    Ok(draft.text)
}

/// A fake without an override says so, where the library would read through a null pointer. It is never told of a change.
fn fakes(draft: &mut Draft) -> Result<()> {
    draft.replace(
        r"(func uniffiCloneHandle\(\) -> UInt64 \{\n)",
        "$1        precondition(handle != 0, \"\\(Self.self) is a fake: override what is asked of it\")\n",
    )?;
    draft.replace(
        r"(open func subscribe\(_ listener: Listener\)\s*-> Subscription\s*\{\n)",
        "$1    guard handle != 0 else { return Subscription(noHandle: .init()) }\n",
    )?;
    draft.replace(r"(open func cancel\(\)\s*\{)", "$1\n    guard handle != 0 else { return }\n")
}

/// Numbers are `Int`. One that its place cannot hold becomes the largest that it can, and the engine refuses that: a trap
/// would end the app. A negative one of 32 bits keeps its bits, and the engine names it as what it was.
fn whole_numbers(draft: &mut Draft) -> Result<()> {
    for (plain, bits) in [("UInt8", 8), ("UInt16", 16), ("UInt32", 32), ("UInt64", 64), ("Int32", 0)] {
        let lowered = if bits == 32 {
            "UInt32(bitPattern: Int32(clamping: value))".to_owned()
        } else if bits == 0 {
            format!("{plain}(clamping: value)")
        } else {
            format!("value < 0 ? .max : {plain}(clamping: value)")
        };
        draft.replace(
            &format!(r"(?s)fileprivate struct FfiConverter{plain}: FfiConverterPrimitive \{{.*?\n\}}\n"),
            &format!(
                "fileprivate struct FfiConverter{plain}: FfiConverter {{
    typealias FfiType = {plain}
    typealias SwiftType = Int

    static func lift(_ value: {plain}) throws -> Int {{ Int(clamping: value) }}

    static func lower(_ value: Int) -> {plain} {{ {lowered} }}

    static func read(from buf: inout (data: Data, offset: Data.Index)) throws -> Int {{
        try lift(readInt(&buf))
    }}

    static func write(_ value: Int, into buf: inout [UInt8]) {{
        writeInt(&buf, lower(value))
    }}
}}
"
            ),
        )?;
    }
    let machinery = Regex::new(
        r"(?i)uniffi|handle|RustBuffer|Pointer|Ffi|\[UInt8\]|_lower\(|func lower\(|func lift\(|Func: \(|readInt",
    )?;
    let own = Regex::new(r"(: |-> |SwiftType = )(\[?)(?:UInt(?:8|16|32|64)|Int32)\b")?;
    let default = Regex::new(r"= UInt(?:8|16|32|64)\((\d+)\)")?;
    let begin = draft.text.find("public protocol ").context("no class in the generated text")?;
    let mut text = draft.text[..begin].to_owned();
    for line in draft.text[begin..].split_inclusive('\n') {
        if machinery.is_match(line) {
            text.push_str(line);
        } else {
            text.push_str(&default.replace_all(&own.replace_all(line, "${1}${2}Int"), "= $1"));
        }
    }
    draft.text = text;
    Ok(())
}

/// `itemID`, `imageURL`, `ConsentAPI`, `HTTPRequest`.
fn initials(text: &str) -> String {
    let words = [("Id", "ID"), ("Url", "URL"), ("Api", "API")].map(|(plain, own)| {
        (
            Regex::new(&format!(r"([a-z0-9]){plain}(s?)([^a-z]|$)")).expect("a pattern"),
            format!("${{1}}{own}$2$3"),
        )
    });
    let text =
        words.iter().fold(text.to_owned(), |text, (word, own)| word.replace_all(&text, own).into_owned());
    Regex::new(r"\bHttp([A-Z])").expect("a pattern").replace_all(&text, "HTTP$1").into_owned()
}

/// Cases of errors are cases: `SottovoceError.locked`.
fn lower_case_errors(draft: &mut Draft, api: &ComponentInterface) -> Result<()> {
    let errors: Vec<_> =
        api.enum_definitions().iter().filter(|e| api.is_name_used_as_error(e.name())).collect();
    ensure!(!errors.is_empty(), "the API has no errors");
    for variant in errors.iter().flat_map(|e| e.variants()) {
        let (plain, own) = (variant.name(), variant.name().to_lower_camel_case());
        let uses = Regex::new(&format!(r"(\.|case |`){plain}([\s(:,`])"))?;
        draft.text = uses.replace_all(&draft.text, format!("${{1}}{own}$2")).into_owned();
    }
    // A declaration of that name needs quotes, its use does not.
    draft.replace("case internal\\(", "case `internal`(")?;
    Ok(())
}

/// The engine names an argument or a field as Rust does.
fn own_names_of_fields(draft: &mut Draft) -> Result<()> {
    draft.replace(
        r"(\.InvalidArgument\(\s*field: )try FfiConverterString\.read\(from: &buf\)",
        "${1}ownName(try FfiConverterString.read(from: &buf))",
    )?;
    draft.replace(
        r"(\.dropped\(reason: try FfiConverterTypeDropReason\.read\(from: &buf\), field: )try FfiConverterOptionString\.read\(from: &buf\)",
        "${1}try FfiConverterOptionString.read(from: &buf).map(ownName)",
    )
}

/// Times as `Date`, addresses as `URL`.
fn views(draft: &mut Draft, api: &ComponentInterface) {
    let name = |record: &str| {
        RENAMED.iter().find(|r| r.0 == record).map_or_else(|| initials(record), |r| r.1.to_owned())
    };
    draft.append("\n// Times and addresses in Swift's own types.\n");
    for time in times(api) {
        let (record, field, view) = (name(&time.record), initials(&time.field), &time.view);
        draft.append(&if time.optional {
            format!("\nextension {record} {{\n    /// `{field}` as a date.\n    public var {view}: Date? {{ {field}.map(Date.init(milliseconds:)) }}\n}}\n")
        } else {
            format!("\nextension {record} {{\n    /// `{field}` as a date.\n    public var {view}: Date {{ Date(milliseconds: {field}) }}\n}}\n")
        });
    }
    for record in api.record_definitions() {
        for (field, view) in [("link", "url"), ("image_link", "imageURL")] {
            if record.fields().iter().any(|f| f.name() == field) {
                let (record, field) = (name(record.name()), field.to_lower_camel_case());
                draft.append(&format!("\nextension {record} {{\n    /// `{field}` as a URL.\n    public var {view}: URL? {{ {field}.flatMap(URL.init(string:)) }}\n}}\n"));
            }
        }
    }
}
