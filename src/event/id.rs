//! Identifiers of Stripe's form, drawn from the run's seed.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, RngExt as _, SeedableRng as _, TryRng as _};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Where all that is random in a run comes from: the same seed draws the same ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u32);

impl Seed {
    /// A new seed from the system's randomness.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> Result<Self> {
        rand::rngs::SysRng.try_next_u32().map(Self).map_err(|_| Error::no_random_bytes())
    }

    /// Characters that belong to a name: the same for the same seed and name, and unrelated for
    /// every other.
    pub fn characters(self, name: &str, alphabet: &[u8], count: usize) -> String {
        let mut generator = self.generator(name);
        let mut characters = Vec::with_capacity(count);
        while characters.len() < count {
            let mut fraction = generator.next_u64() >> (u64::BITS - FRACTION_BITS);
            for _ in 0..CHARACTERS_OF_ONE_DRAW.min(count - characters.len()) {
                characters.push(alphabet[leading_digit(&mut fraction, alphabet.len())]);
            }
        }
        // An alphabet is ASCII.
        String::from_utf8(characters).unwrap_or_default()
    }

    /// A number below `end` that belongs to a name.
    pub fn number(self, name: &str, end: usize) -> usize {
        self.generator(name).random_range(0..end.max(1))
    }

    /// Quick to begin, because each id has its own; nothing secret hangs on what it draws.
    fn generator(self, name: &str) -> Xoshiro256PlusPlus {
        let seed = self.0.to_le_bytes();
        Xoshiro256PlusPlus::seed_from_u64(fingerprint(seed.into_iter().chain(name.bytes())))
    }
}

/// How many bits of a draw the characters are taken from: times the length of an alphabet, they
/// still fit into 64.
const FRACTION_BITS: u32 = 56;

/// How many characters one draw gives: 62 to the power of 7 is below 2 to the power of 42, so that
/// each of them is as likely as the others to one part in 16,000.
const CHARACTERS_OF_ONE_DRAW: usize = 7;

/// The first digit of a fraction of 2 to the power of [`FRACTION_BITS`], in a base; what follows it
/// remains.
fn leading_digit(fraction: &mut u64, base: usize) -> usize {
    let product = *fraction * base as u64;
    *fraction = product & ((1 << FRACTION_BITS) - 1);
    usize::try_from(product >> FRACTION_BITS).unwrap_or_default()
}

/// FNV-1a: spreads seeds and names over the generators.
fn fingerprint(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The characters of Stripe's ids.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The characters of invoice prefixes.
pub const CODE: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// The platform's own account: one for all seeds, as a user's is one for all of their events.
const OWN_ACCOUNT: &str = "irW3d3hyNH";
/// What comes before that in its id.
const OWN_ACCOUNT_START: &str = "HZya0";
/// The characters of idempotency keys.
const HEXADECIMAL: &[u8] = b"0123456789abcdef";

/// How the ids of one kind of object look.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdForm {
    /// What they begin with, underscore included.
    prefix: String,
    /// What follows.
    body: IdBody,
    /// Other beginnings in stories of a variant, such as `py_` for a charge by bank debit.
    #[serde(default)]
    prefixes: std::collections::BTreeMap<String, String>,
    /// Beginnings that such ids have besides, such as that of a plan for its price.
    #[serde(default)]
    older: Vec<String>,
    /// Whether whoever uses Stripe may choose the id, as for products.
    #[serde(default)]
    chosen: bool,
    /// When an object of this kind comes to be, where it has no file of its own.
    #[serde(default)]
    pub(super) created: Option<String>,
}

/// What follows the prefix of an id. Observed on real ids: those of one account's objects share ten
/// characters with the account's own, those of one payment (intent, charge, their events) their first
/// seventeen.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum IdBody {
    /// Fourteen characters: customers, products, subscription items.
    Short,
    /// `1`, five characters, ten of the account, eight more.
    Object,
    /// `3`, sixteen characters shared by one payment, seven more.
    Payment,
    /// `1`, five characters, ten that its objects share: the account that the events come from.
    OwnAccount,
    /// The same for the connected account.
    ConnectedAccount,
    /// As `object`, for what lies in the connected account.
    ConnectedObject,
    /// `test_`, `a1`, fifty-eight characters: Checkout Sessions.
    Checkout,
    /// `test_61`, thirty-six characters: meters, credits and other newer resources.
    Newer,
    /// Eight characters, without a prefix: coupons.
    Coupon,
}

impl IdForm {
    /// The body of these ids.
    pub fn body(&self) -> IdBody {
        self.body
    }

    /// All beginnings that such ids may have, the usual one first; one may be empty.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = &str> {
        let others = self.prefixes.values().chain(&self.older);
        std::iter::once(&self.prefix).chain(others).map(String::as_str)
    }

    /// Whether whoever uses Stripe may choose the id.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen
    }

    /// Whether every beginning is small letters with an underscore at its end, or empty.
    pub(super) fn is_well_formed(&self) -> bool {
        let is_prefix = |text: &String| {
            let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            text.is_empty() || (plain && text.ends_with('_'))
        };
        is_prefix(&self.prefix) && self.prefixes.values().chain(&self.older).all(is_prefix)
    }

    /// The id of the object of that name in a story of these variants.
    pub fn id(&self, seed: Seed, name: &str, variants: &[String]) -> String {
        let prefix = variants.iter().find_map(|v| self.prefixes.get(v)).unwrap_or(&self.prefix);
        [prefix, body(self.body, seed, name).as_str()].concat()
    }
}

/// The id of an event; that of a payment's object shares the payment's characters.
pub fn event_id(seed: Seed, about: Option<IdBody>, instance: &str, name: &str) -> String {
    match about {
        Some(IdBody::Payment) => {
            let own = seed.characters(name, BASE62, 7);
            ["evt_3", &payment_characters(seed, instance), &own].concat()
        }
        _ => ["evt_", &body(IdBody::Object, seed, name)].concat(),
    }
}

/// Reads the id of an account.
///
/// # Errors
/// Says what was expected.
pub fn account(text: &str) -> std::result::Result<String, String> {
    let own = text.strip_prefix("acct_").unwrap_or_default();
    if !own.is_empty() && own.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(text.to_owned())
    } else {
        Err("expected an account's id, such as `acct_1Mb2Xk4dTz7RqW9e`".to_owned())
    }
}

/// The id of a thin event: longer than that of others, with `test_` in front in test mode.
pub fn thin_event_id(seed: Seed, name: &str) -> String {
    format!("evt_test_65{}", seed.characters(name, BASE62, 50))
}

/// A version-4 UUID, as Stripe's libraries send for idempotency keys.
pub fn uuid(seed: Seed, name: &str) -> String {
    let digits = seed.characters(name, HEXADECIMAL, 30);
    let variant = seed.characters(&[name, "/variant"].concat(), b"89ab", 1);
    format!(
        "{}-{}-4{}-{variant}{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..15],
        &digits[15..18],
        &digits[18..]
    )
}

fn body(body: IdBody, seed: Seed, name: &str) -> String {
    let own = |count| seed.characters(name, BASE62, count);
    let object = |account: &str| {
        let own = own(13);
        ["1", &own[..5], account, &own[5..]].concat()
    };
    match body {
        IdBody::Short => own(14),
        IdBody::OwnAccount => ["1", OWN_ACCOUNT_START, OWN_ACCOUNT].concat(),
        IdBody::ConnectedAccount => format!("1{}{}", own(5), connected_account(seed)),
        IdBody::Object => object(OWN_ACCOUNT),
        IdBody::ConnectedObject => object(&connected_account(seed)),
        IdBody::Checkout => format!("test_a1{}", own(58)),
        IdBody::Newer => format!("test_61{}", own(36)),
        IdBody::Coupon => own(8),
        IdBody::Payment => ["3", &payment_characters(seed, name), &own(7)].concat(),
    }
}

fn connected_account(seed: Seed) -> String {
    seed.characters("connected account", BASE62, 10)
}

/// What the ids of one payment share; a role such as `charge/second` is a payment of its own.
fn payment_characters(seed: Seed, instance: &str) -> String {
    let role = instance.split_once('/').map_or("", |(_, role)| role);
    let own = seed.characters(&["payment/", role].concat(), BASE62, 6);
    [&own[..5], OWN_ACCOUNT, &own[5..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(prefix: &str, body: IdBody) -> IdForm {
        let prefixes = [("bank".to_owned(), "py_".to_owned())].into();
        IdForm {
            older: Vec::new(),
            chosen: false,
            prefix: prefix.to_owned(),
            body,
            prefixes,
            created: None,
        }
    }

    #[test]
    fn ids_have_stripes_lengths() {
        let length = |body| form("x_", body).id(Seed(1), "name", &[]).len() - 2;
        assert_eq!(length(IdBody::Short), 14);
        assert_eq!(length(IdBody::Object), 24);
        assert_eq!(length(IdBody::Payment), 24);
        assert_eq!(length(IdBody::OwnAccount), 16);
        assert_eq!(uuid(Seed(1), "key").len(), 36);
    }

    #[test]
    fn the_ids_of_one_payment_share_seventeen_characters() {
        let intent = form("pi_", IdBody::Payment).id(Seed(7), "payment_intent", &[]);
        let charge = form("ch_", IdBody::Payment).id(Seed(7), "charge", &["bank".to_owned()]);
        let event = event_id(Seed(7), Some(IdBody::Payment), "charge", "event/1");
        assert_eq!(intent[3..20], charge[3..20]);
        assert_eq!(intent[3..20], event[4..21]);
        assert_ne!(intent[20..], charge[20..]);
        assert!(charge.starts_with("py_3"));
    }

    #[test]
    fn the_own_account_is_one_for_all_seeds() {
        let account = |seed| form("acct_", IdBody::OwnAccount).id(Seed(seed), "own_account", &[]);
        let id = form("in_", IdBody::Object).id(Seed(7), "invoice", &[]);
        assert_eq!(account(1), account(2));
        assert_eq!(id[9..19], account(7)[11..]);
    }

    #[test]
    fn the_seed_decides() {
        let id = |seed| form("in_", IdBody::Object).id(Seed(seed), "invoice", &[]);
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
    }
}
