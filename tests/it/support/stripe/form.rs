//! Form bodies as Stripe reads them: `items[0][price]=price_1` is a list of maps.

use serde_json::{Map, Value};

/// A form's names and values in their order.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A form as a tree.
pub(crate) fn tree(pairs: &[(String, String)]) -> Value {
    let mut root = Value::Object(Map::new());
    for (name, value) in pairs {
        let steps = steps(name);
        let is_free_text = steps.contains(&"metadata");
        place(&mut root, &steps, leaf(value, is_free_text));
    }
    lists(root)
}

/// `a[b][0]` as `a`, `b`, `0`.
fn steps(name: &str) -> Vec<&str> {
    name.split('[').map(|step| step.trim_end_matches(']')).collect()
}

fn place(node: &mut Value, steps: &[&str], leaf: Value) {
    let Some((first, rest)) = steps.split_first() else { return };
    let Value::Object(map) = node else { return };
    let key = if first.is_empty() { map.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        map.insert(key, leaf);
    } else {
        let inner = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
        place(inner, rest, leaf);
    }
}

/// Numbers and truth values as such, where the field is not the user's own text.
fn leaf(text: &str, is_free_text: bool) -> Value {
    let is_number = !text.is_empty() && text.len() < 16 && text.bytes().all(|b| b.is_ascii_digit());
    match text {
        _ if is_free_text => text.into(),
        "true" => true.into(),
        "false" => false.into(),
        _ if is_number => text.parse::<i64>().unwrap().into(),
        _ => text.into(),
    }
}

/// Maps whose keys are 0, 1, 2 … are lists.
fn lists(node: Value) -> Value {
    let Value::Object(map) = node else { return node };
    let is_list = !map.is_empty() && (0..map.len()).all(|i| map.contains_key(&i.to_string()));
    if is_list {
        let mut entries: Vec<(usize, Value)> =
            map.into_iter().map(|(key, value)| (key.parse().unwrap(), lists(value))).collect();
        entries.sort_by_key(|(index, _)| *index);
        return entries.into_iter().map(|(_, value)| value).collect();
    }
    map.into_iter().map(|(key, value)| (key, lists(value))).collect::<Map<_, _>>().into()
}

#[test]
fn forms_become_trees() {
    let text =
        "items[1][price]=b&items[0][price]=a&expand[]=x&metadata[n]=7&amount=20&confirm=true";
    let expected = serde_json::json!({
        "items": [{"price": "a"}, {"price": "b"}],
        "expand": ["x"],
        "metadata": {"n": "7"},
        "amount": 20,
        "confirm": true,
    });
    assert_eq!(tree(&pairs(text)), expected);
}
