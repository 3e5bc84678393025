//! The lines of a draft, several at once: each is of an invoice item.

use serde_json::{Map, Value};

use super::action::{self, Deed, WriteAction};
use super::draft::Draft;
use super::input::Input;
use super::invoice_items::{is_of, renew};
use crate::api::change::ChangeKind;
use crate::api::error::RequestError;
use crate::api::inquiry::Result;

const CREATE: &str = "POST /v1/invoiceitems";
const UPDATE: &str = "POST /v1/invoiceitems/{invoiceitem}";
const DELETE: &str = "DELETE /v1/invoiceitems/{invoiceitem}";

impl Draft<'_, '_> {
    /// Adds, changes or removes lines, as the call says.
    pub(super) fn change_lines(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let invoice = self.allowed(action, input)?;
        match action.call.does {
            Deed::AddLines => self.add_lines(input, invoice),
            Deed::UpdateLines => self.update_lines(input, invoice),
            _ => self.remove_lines(input, invoice),
        }
    }

    fn add_lines(&mut self, input: &Input, invoice: Value) -> Result<usize> {
        let mut added = Vec::new();
        for (at, given) in said_lines(input).enumerate() {
            let item = match given.get("invoice_item").and_then(Value::as_str) {
                Some(_) if given.len() > 1 => {
                    return Err(RequestError::not_served(
                        "to change an item that is added to an invoice",
                    ));
                }
                Some(id) => self.put_on(id, &invoice, at)?,
                None => {
                    let item = self.new_item_on(given, &invoice);
                    item.map_err(|error| error.below(&format!("lines[{at}]")))?
                }
            };
            added.push(self.line_of(&item, &invoice["id"])?);
        }
        Ok(self.edit_lines(invoice, |lines| lines.extend(added)))
    }

    fn update_lines(&mut self, input: &Input, invoice: Value) -> Result<usize> {
        let update = action::required(UPDATE)?;
        let mut changed = Vec::new();
        for (at, given) in said_lines(input).enumerate() {
            let item = self.item_of_line(given, &invoice, at)?;
            let mut given = given.clone();
            given.shift_remove("id");
            let place = format!("lines[{at}]");
            let changed_item = update
                .check(self, &given)
                .and_then(|()| self.change_known_item(update, &given, item));
            let number = changed_item.map_err(|error| error.below(&place))?;
            let item = self.changes[number].after.clone();
            changed.push(self.line_of(&item, &invoice["id"])?);
        }
        Ok(self.edit_lines(invoice, |lines| changed.iter().for_each(|line| renew(lines, line))))
    }

    /// Changes one line, which is the answer.
    pub(super) fn update_line(
        &mut self,
        action: &'static WriteAction,
        input: &Input,
    ) -> Result<usize> {
        let id = self.named_by_path("invoice").unwrap_or_default();
        let missing = || RequestError::missing("invoice", &id);
        let invoice = self.find("invoice", &id).ok_or_else(missing)?;
        action.check_state(self.inquiry, &invoice, input)?;
        let id = self.named_by_path("line_item_id").unwrap_or_default();
        let item = self
            .item_of_line_named(&id, &invoice)
            .ok_or_else(|| RequestError::missing("line_item", &id))??;
        let update = action::required(UPDATE)?;
        update.check(self, input)?;
        let number = self.change_known_item(update, input, item)?;
        let item = self.changes[number].after.clone();
        let line = self.line_of(&item, &invoice["id"])?;
        let number = self.edit_lines(invoice, |lines| renew(lines, &line));
        let mut lines =
            self.changes[number].after["lines"]["data"].as_array().into_iter().flatten();
        self.shown = lines.find(|line| line["id"] == id.as_str()).cloned();
        self.keeps_changes = true;
        Ok(number)
    }

    fn remove_lines(&mut self, input: &Input, invoice: Value) -> Result<usize> {
        let delete = action::required(DELETE)?;
        let mut removed = Vec::new();
        for (at, given) in said_lines(input).enumerate() {
            let item = self.item_of_line(given, &invoice, at)?;
            removed.push(item["id"].clone());
            if given["behavior"] == "delete" {
                self.note(delete, ChangeKind::Deleted, (item.clone(), item));
            } else {
                let mut pending = item.clone();
                pending["invoice"] = Value::Null;
                self.change((item, pending), None);
            }
        }
        let stays = |line: &Value| !removed.iter().any(|item| is_of(line, item));
        Ok(self.edit_lines(invoice, |lines| lines.retain(stays)))
    }

    /// A new item of an invoice, which that does not show yet.
    fn new_item_on(&mut self, given: &Input, invoice: &Value) -> Result<Value> {
        let mut given = given.clone();
        for field in ["customer", "currency"] {
            given.insert(field.to_owned(), invoice[field].clone());
        }
        let number = self.perform(action::required(CREATE)?, &given)?;
        let item = &mut self.changes[number].after;
        if item["currency"] != invoice["currency"] {
            return Err(RequestError::not_served("lines in another currency than the invoice's"));
        }
        item["invoice"] = invoice["id"].clone();
        Ok(item.clone())
    }

    /// A pending item, now of an invoice.
    fn put_on(&mut self, id: &str, invoice: &Value, at: usize) -> Result<Value> {
        let parameter = format!("lines[{at}][invoice_item]");
        let missing = || RequestError::missing_in("invoiceitem", id, &parameter);
        let before = self.find("invoiceitem", id).ok_or_else(missing)?;
        let is_free = before["invoice"].is_null()
            && ["customer", "currency"].iter().all(|field| before[field] == invoice[field]);
        if !is_free {
            let what =
                "to add an item that is another invoice's or customer's, or in another currency";
            return Err(RequestError::not_served(what));
        }
        let mut after = before.clone();
        after["invoice"] = invoice["id"].clone();
        self.change((before, after.clone()), None);
        Ok(after)
    }

    /// The item that a line of an invoice is of.
    fn item_of_line(&self, given: &Input, invoice: &Value, at: usize) -> Result<Value> {
        let id = given["id"].as_str().unwrap_or_default();
        let missing = || RequestError::missing_in("line_item", id, &format!("lines[{at}][id]"));
        self.item_of_line_named(id, invoice).ok_or_else(missing)?
    }

    /// The same by the line's id; `None` where there is no such line.
    fn item_of_line_named(&self, id: &str, invoice: &Value) -> Option<Result<Value>> {
        let mut lines = invoice["lines"]["data"].as_array().into_iter().flatten();
        let line = lines.find(|line| line["id"] == id)?;
        let Some(item) = line["parent"]["invoice_item_details"]["invoice_item"].as_str() else {
            return Some(Err(RequestError::not_served(
                "to change lines of a subscription's own items",
            )));
        };
        // One that was removed before, by the same call, is there no more.
        self.find("invoiceitem", item).map(Ok)
    }
}

/// What is said of each line.
fn said_lines(input: &Input) -> impl Iterator<Item = &Map<String, Value>> {
    let all = input.get("lines").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_object)
}
