//! Signed numbers that Java has too, messages that say what happened, `close` that closes.

use anyhow::Result;
use heck::ToShoutySnakeCase as _;
use uniffi_bindgen::ComponentInterface;

use super::docs::Cases;
use super::times::times;
use super::{Draft, docs};

/// What unsigned numbers become, and how many bytes they have on their way.
const UNSIGNED: [(&str, &str, &str, &str); 4] = [
    ("UByte", "Int", "Byte", "0xff"),
    ("UShort", "Int", "Short", "0xffff"),
    ("UInt", "Int", "Int", ""),
    ("ULong", "Long", "Long", ""),
];

pub(super) fn conventions(plain: &str, api: &ComponentInterface) -> Result<String> {
    let mut draft = Draft::new(plain);
    signed(&mut draft)?;
    errors(&mut draft)?;
    // A variant without fields prints its name.
    draft.replace(r"(?m)^    object (`?\w+`? : \w+\(\))$", "    data object $1")?;
    // A text cut inside an emoji must not keep a user's no from arriving.
    draft.replace(
        r"onMalformedInput\(CodingErrorAction\.REPORT\)",
        "onMalformedInput(CodingErrorAction.REPLACE)",
    )?;
    // Java can leave out what has a default.
    for record in api.record_definitions() {
        if record.fields().iter().any(|field| field.default_value().is_some()) {
            let name = record.name();
            draft.replace(
                &format!(r"data class {name} \("),
                &format!("data class {name} @JvmOverloads constructor("),
            )?;
        }
    }
    // Folder and keys are free when it returns, whoever still holds a part of the engine. Later calls answer `Locked`.
    draft.replace(
        r"(?s)(open class Sottovoce: .*?)    override fun close\(\) \{\n        this\.destroy\(\)",
        "$1    override fun close() {\n        if (handle != 0L) shutdown()",
    )?;
    // Java needs no companion for what opens, and finds the events' constructors on it.
    draft.replace(r"(?m)^( *)( suspend fun `open`\()", "$1@JvmStatic\n$1$2")?;
    draft.replace(
        r"(?s)(\ndata class Event @JvmOverloads constructor\(.*?\n    companion object)\b",
        "$1 : EventConstructors()",
    )?;
    // The generator's own `use` does not close, and hides the language's.
    draft.replace(
        r"(?s)/\*\*\n \* @suppress\n \*/\ninline fun <T : Disposable\?, R> T\.use\(.*?\n    \}\n",
        "",
    )?;
    // A fake without an override says so, and is never told of a change.
    draft.replace(
        r#"InternalException\("uniffiCloneHandle\(\) called on NoHandle object"\)"#,
        "IllegalStateException(\"this is a fake: override what is asked of it\")",
    )?;
    draft.replace(
        r"(override fun `subscribe`\(`listener`: Listener\): Subscription \{)",
        "$1\n        if (handle == 0L) return Subscription(NoHandle)",
    )?;
    // It is told until it is cancelled: `use` cancels it.
    draft.replace(
        r"(?s)(open class Subscription: .*?)    override fun close\(\) \{\n        this\.destroy\(\)",
        "$1    override fun close() {\n        if (handle != 0L && !uniffiIsDestroyed) cancel()\n        this.destroy()",
    )?;
    // What has one method may be a lambda.
    for object in
        api.object_definitions().iter().filter(|o| o.has_callback_interface() && o.methods().len() == 1)
    {
        draft.replace(
            &format!(r"public interface {} \{{", object.name()),
            &format!("public fun interface {} {{", object.name()),
        )?;
    }
    draft.text = docs::respell(
        &draft.text,
        api,
        str::to_owned,
        (Cases::Flat, |value: &str| value.to_shouty_snake_case()),
    );
    draft.append("\n// Times in Kotlin's own type.\n");
    for time in times(api) {
        let (record, field, view) = (&time.record, &time.field, &time.view);
        draft.append(&if time.optional {
            format!(
                "\n/** [{record}.{field}] as an instant. */\nval {record}.{view}: java.time.Instant?\n    get() = {field}?.let(java.time.Instant::ofEpochMilli)\n"
            )
        } else {
            format!(
                "\n/** [{record}.{field}] as an instant. */\nval {record}.{view}: java.time.Instant\n    get() = java.time.Instant.ofEpochMilli({field})\n"
            )
        });
    }
    Ok(draft.text)
}

/// Java has no unsigned numbers, and functions with them get names that it cannot call. One that its place cannot hold becomes
/// the largest that it can, and the engine refuses that; a negative one of 32 bits keeps its bits, and is named as what it was.
fn signed(draft: &mut Draft) -> Result<()> {
    draft.replace(r"(= |\()(\d+)u(L?)\b", "$1$2$3")?;
    for (unsigned, signed, ffi, mask) in UNSIGNED {
        let object = format!(r"(?s)public object FfiConverter{unsigned}: .*?\n\}}\n");
        let narrow = format!("to{ffi}()");
        let (lift, nearest) = if mask.is_empty() {
            ("value".to_owned(), "value".to_owned())
        } else {
            (format!("value.toInt() and {mask}"), format!("(if (value in 0..{mask}) value else {mask})"))
        };
        let lower = if signed == ffi { nearest } else { format!("{nearest}.{narrow}") };
        let size = match ffi {
            "Byte" => 1,
            "Short" => 2,
            "Int" => 4,
            _ => 8,
        };
        let (get, put) =
            if ffi == "Byte" { ("get", "put") } else { (&*format!("get{ffi}"), &*format!("put{ffi}")) };
        let from_int = match ffi {
            "Byte" | "Short" => format!("    fun lift(value: Int): Int = value and {mask}\n\n"),
            _ => String::new(),
        };
        let by = format!(
            r#"public object FfiConverter{unsigned}: FfiConverter<{signed}, {ffi}> {{
    override fun lift(value: {ffi}): {signed} = {lift}

{from_int}    override fun read(buf: ByteBuffer): {signed} = lift(buf.{get}())

    override fun lower(value: {signed}): {ffi} = {lower}

    override fun allocationSize(value: {signed}) = {size}UL

    override fun write(value: {signed}, buf: ByteBuffer) {{
        buf.{put}(lower(value))
    }}
}}
"#
        );
        if draft.text.contains(&format!("public object FfiConverter{unsigned}:")) {
            draft.replace_with(&object, |_| by.clone())?;
            draft.replace(&format!(r"\bkotlin\.{unsigned}\b"), &format!("kotlin.{signed}"))?;
        }
    }
    Ok(())
}

/// `message` is the text, in names of this language.
fn errors(draft: &mut Draft) -> Result<()> {
    draft.replace_with(
        r"(?s)sealed class SottovoceException: kotlin\.Exception\(\) \{.*?companion object ErrorHandler",
        |found| {
            let of = regex::Regex::new(r#"get\(\) = "[^\n]*""#).expect("a pattern");
            let own = regex::Regex::new(
                r"(?s)    // The local Rust `Display`/`Debug` implementation\.\n    override fun toString\(\): String \{.*?\n    \}\n",
            )
            .expect("a pattern");
            own.replace(&of.replace_all(&found[0], "get() = errorText(this)"), "").into_owned()
        },
    )?;
    draft.replace(r#"get\(\) = "reason=\$\{ `reason` \}""#, "get() = `reason`")?;
    draft.replace(
        r"(SottovoceException\.InvalidArgument\(\s+)FfiConverterString\.read\(buf\)",
        "${1}ownName(FfiConverterString.read(buf))",
    )?;
    draft.replace(
        r"(TrackOutcome\.Dropped\(\s+FfiConverterTypeDropReason\.read\(buf\),\s+)FfiConverterOptionalString\.read\(buf\)",
        "${1}FfiConverterOptionalString.read(buf)?.let(::ownName)",
    )?;
    draft.append(
        r#"
/** The engine names an argument or a field as Rust does. */
internal fun ownName(name: String): String = Regex("_([a-z])").replace(name) { it.groupValues[1].uppercase() }
"#,
    );
    Ok(())
}
