//! The JSON Schemas in `docs/schemas/`: the members of documents for editors, generators of
//! code and validators. They are a help; the specification rules, and `tests.rs` beside this
//! file says where they cannot follow it.
//!
//! They are made from the types, whose documentation becomes their descriptions, and the
//! files must be what is made:
//!
//! ```text
//! WELLSPRING_WRITE_SCHEMAS=1 cargo test -p wellspring-document schemas
//! ```

mod envelope;
mod forms;
mod rules;
mod tests;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::{
    EndorsementList, Index, Kind, MAX_LIST_ITEMS, ObservationReport, Profile, ViewManifest,
};

const ABOUT: &str = "A help for editors, validators and generators of code. What a document must \
     be is said by docs/specification.md, to whose sections the numbers in brackets refer; where \
     the two differ, that page holds. A document that fits this schema need not hold.";

/// The schema of a kind of documents: envelope and body, complete in itself.
fn schema(kind: Kind) -> Value {
    match kind {
        Kind::Profile => of::<Profile>(kind),
        Kind::EndorsementList => of::<EndorsementList>(kind),
        Kind::ObservationReport => of::<ObservationReport>(kind),
        Kind::Index => of::<Index>(kind),
        Kind::View => of::<ViewManifest>(kind),
    }
}

/// The file that holds it.
fn file_name(kind: Kind) -> String {
    format!("{}.schema.json", kind.type_name())
}

fn of<T: JsonSchema>(kind: Kind) -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let mut body = Value::from(T::json_schema(&mut generator));
    let envelope = envelope::members(kind, &mut generator);
    let mut definitions = generator.take_definitions(true);
    definitions.extend(envelope::definitions());
    tidy(&mut body);
    definitions.values_mut().for_each(tidy);
    for (name, addition) in rules::additions() {
        let is_root = *name == *T::schema_name();
        let to = if is_root { Some(&mut body) } else { definitions.get_mut(name) };
        if let Some(definition) = to {
            assert_names_members(name, definition, &addition);
            add(definition, addition);
        }
    }
    bound_lists(&mut body);
    definitions.values_mut().for_each(bound_lists);
    add(&mut body, json!({ "properties": envelope }));
    let object = body.as_object_mut().unwrap();
    let required = object.entry("required").or_insert_with(|| json!([]));
    required.as_array_mut().unwrap().splice(0..0, envelope::REQUIRED.map(Value::from));
    object.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    object.insert("$comment".to_owned(), json!(ABOUT));
    object.insert("title".to_owned(), json!(kind.type_name()));
    object.insert("description".to_owned(), json!(format!("One {kind}, signed (6, 7).")));
    object.insert("$defs".to_owned(), Value::Object(definitions));
    body
}

/// A rule about a member that the type does not have, or no longer has, is a mistake.
fn assert_names_members(name: &str, definition: &Value, addition: &Value) {
    let members = addition.get("properties").and_then(Value::as_object);
    for member in members.into_iter().flat_map(Map::keys) {
        assert!(definition["properties"].get(member).is_some(), "{name} has no {member}");
    }
}

/// Merges objects; everything else takes the place of what was there.
fn add(to: &mut Value, addition: Value) {
    let (Value::Object(to), Value::Object(addition)) = (&mut *to, &addition) else {
        *to = addition;
        return;
    };
    for (name, value) in addition {
        add(to.entry(name).or_insert(Value::Null), value.clone());
    }
}

/// What the generator says of Rust, and readers of documents cannot use.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            absent_is_not_null(members);
            members.remove("default");
            if members.get("type").is_some_and(|it| it == "integer" || it == "number") {
                members.remove("format");
            }
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" => *text = plain(text),
                    value => tidy(value),
                }
            }
        }
        _ => {}
    }
}

/// The generator takes a member that may be absent for one that may be null.
fn absent_is_not_null(schema: &mut Map<String, Value>) {
    let not_null = |types: &[Value]| -> Option<Value> {
        let [other] = types.iter().filter(|it| **it != "null").collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(other.clone())
    };
    if let Some(one) = schema.get("type").and_then(Value::as_array).and_then(|it| not_null(it)) {
        schema.insert("type".to_owned(), one);
    }
    let null = json!({ "type": "null" });
    let ways = schema.get("anyOf").and_then(Value::as_array);
    if let Some([way, _]) = ways.map(Vec::as_slice).filter(|ways| ways.get(1) == Some(&null)) {
        let way = way.as_object().unwrap().clone();
        schema.remove("anyOf");
        for (name, value) in way {
            // What is said of the member is nearer than what is said of its type.
            schema.entry(name).or_insert(value);
        }
    }
}

/// Links of Rust's documentation become the words that they stand for.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, link)) = rest.split_once("[`") {
        let (word, after) = link.split_once("`]").unwrap();
        plain += &format!("{before}`{word}`");
        rest = match after.strip_prefix('(') {
            Some(target) => target.split_once(')').unwrap().1,
            None => after,
        };
    }
    (plain + rest).replace('\n', " ")
}

/// Every list in a body is bounded, most of them by one number.
fn bound_lists(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(bound_lists),
        Value::Object(members) => {
            if members.get("type").is_some_and(|it| it == "array") {
                members.entry("maxItems").or_insert_with(|| json!(MAX_LIST_ITEMS));
            }
            members.values_mut().for_each(bound_lists);
        }
        _ => {}
    }
}
