//! What is billed together has one currency.

use super::super::writes::{Talk, id};
use super::subscriptions::ready;
use super::time::NOW;

const MISMATCH: &str = "Found mismatch in currency field";

fn in_euros(talk: &mut Talk) -> String {
    let body = "currency=eur&unit_amount=900&recurring[interval]=month&product_data[name]=Abo";
    id(&talk.done("POST /v1/prices", body)).to_owned()
}

#[test]
fn subscriptions_and_schedules_keep_to_one_currency() {
    let mut talk = Talk::default();
    let (usd, body) = ready(&mut talk, "pm_card_visa");
    let customer = body.split('&').next().unwrap();
    let eur = in_euros(&mut talk);
    let made = talk.done("POST /v1/subscriptions", &format!("{body}&currency=USD"));
    let item = id(&made["items"]["data"][0]).to_owned();
    let subscription = format!("POST /v1/subscriptions/{}", id(&made));
    let phases = format!(
        "{customer}&start_date={}&phases[0][items][0][price]={usd}&phases[0][iterations]=1&\
         phases[1][items][0][price]={eur}",
        NOW + 60
    );
    for (call, body, parameter) in [
        (subscription.clone(), format!("items[0][id]={item}&items[0][price]={eur}"), "items"),
        (subscription, format!("items[0][price]={eur}"), "items"),
        (format!("POST /v1/subscription_items/{item}"), format!("price={eur}"), "items"),
        (
            "POST /v1/subscription_items".to_owned(),
            format!("subscription={}&price={eur}", id(&made)),
            "items",
        ),
        ("POST /v1/subscriptions".to_owned(), format!("{body}&currency=eur"), "currency"),
        ("POST /v1/subscription_schedules".to_owned(), phases, "phases"),
    ] {
        talk.refused((&call, &body), (400, "", parameter, MISMATCH));
    }
}

#[test]
fn lines_have_the_currency_of_their_invoice() {
    let mut talk = Talk::default();
    let (_, body) = ready(&mut talk, "");
    let customer = body.split('&').next().unwrap();
    let draft = talk.done("POST /v1/invoices", &format!("{customer}&currency=usd"));
    let path = format!("POST /v1/invoices/{}", id(&draft));
    let product = id(&talk.done("POST /v1/products", "name=Hours")).to_owned();
    let added = talk.done(&format!("{path}/add_lines"), "lines[0][amount]=500");
    let line = id(&added["lines"]["data"][0]).to_owned();
    let data = |at: &str| {
        ["currency]=eur", "unit_amount]=300", &format!("product]={product}")]
            .map(|one| format!("{at}[{one}"))
            .join("&")
    };
    let one = data("price_data");
    let several = data("lines[0][price_data]");
    for (call, body) in [
        (format!("{path}/lines/{line}"), one),
        (format!("{path}/add_lines"), several.clone()),
        (format!("{path}/update_lines"), format!("lines[0][id]={line}&{several}")),
    ] {
        talk.refused((&call, &body), (400, "devtool_not_served", "", "currency"));
    }
}
