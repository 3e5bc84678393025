//! Idempotency keys: what a POST came to is answered again to each that repeats it under its key.

use std::collections::{HashMap, VecDeque};

use super::answer::ApiAnswer;
use super::error::RequestError;
use super::kept::KeptAnswer;
use super::request::ApiRequest;

/// How many keys are remembered; the oldest go first.
const MOST_KEYS: usize = 500;
/// How many bytes of answers are kept for them, about; the oldest go first.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long a key may be, in bytes.
const LONGEST_KEY: usize = 255;

/// A key, of one account.
pub(super) type IdempotencyKey = (Option<String>, String);

/// The keys of earlier requests.
#[derive(Debug, Default)]
pub(super) struct IdempotencyKeys {
    requests: HashMap<IdempotencyKey, FirstRequest>,
    /// In the order in which they came.
    order: VecDeque<IdempotencyKey>,
    /// How many bytes of answers there are.
    bytes: usize,
}

/// The first request with a key.
#[derive(Debug)]
struct FirstRequest {
    path: String,
    /// What stands for its parameters.
    parameters: u64,
    /// `None` while it is under way.
    answer: Option<ApiAnswer>,
}

/// What a key means to a request.
#[derive(Debug)]
pub(super) enum KeyClaim {
    /// It has none, or none that counts.
    Free,
    /// It is the first with this one, which is its own until it is released.
    First(IdempotencyKey),
    /// It is answered as the first one was.
    Again(ApiAnswer),
    Refused(RequestError),
}

impl IdempotencyKeys {
    pub(super) fn claim(&mut self, request: &ApiRequest) -> KeyClaim {
        let Some(key) = key_of(request) else { return KeyClaim::Free };
        if key.1.len() > LONGEST_KEY {
            return KeyClaim::Refused(RequestError::key_too_long(LONGEST_KEY));
        }
        let parameters = parameters_of(request);
        let Some(first) = self.requests.get(&key) else {
            let path = request.path.clone();
            self.requests.insert(key.clone(), FirstRequest { path, parameters, answer: None });
            self.order.push_back(key.clone());
            self.forget_surplus();
            return KeyClaim::First(key);
        };
        if first.path != request.path {
            return KeyClaim::Refused(RequestError::key_of_another_path(
                &key.1,
                (&first.path, &request.path),
            ));
        }
        if first.parameters != parameters {
            return KeyClaim::Refused(RequestError::key_of_other_parameters(&key.1));
        }
        match &first.answer {
            Some(answer) => KeyClaim::Again(answer.clone()),
            None => KeyClaim::Refused(RequestError::key_in_use(&key.1)),
        }
    }

    /// The first request with a key has ended: with an answer that is kept, or with none.
    pub(super) fn release(&mut self, key: &IdempotencyKey, answer: Option<ApiAnswer>) {
        if answer.is_none() {
            self.requests.remove(key);
            self.order.retain(|known| known != key);
        } else if let Some(first) = self.requests.get_mut(key) {
            first.answer = answer;
            self.bytes += first.length();
            self.forget_surplus();
        }
    }

    /// A file has kept what was answered.
    pub(super) fn recall(&mut self, kept: KeptAnswer) {
        let KeptAnswer { account, key, path, parameters, answer } = kept;
        let key = (account, key);
        let first = FirstRequest { path, parameters, answer: Some(answer) };
        self.bytes += first.length();
        self.requests.insert(key.clone(), first);
        self.order.push_back(key);
        self.forget_surplus();
    }

    /// Forgets what was answered: its story is over. Requests that are under way keep their keys.
    pub(super) fn forget_answers(&mut self) {
        self.requests.retain(|_, first| first.answer.is_none());
        self.order.retain(|key| self.requests.contains_key(key));
        self.bytes = 0;
    }

    fn forget_surplus(&mut self) {
        while (self.order.len() > MOST_KEYS || self.bytes > MOST_BYTES)
            && let Some(oldest) = self.order.pop_front()
        {
            let gone = self.requests.remove(&oldest);
            self.bytes -= gone.map_or(0, |first| first.length());
        }
    }
}

impl FirstRequest {
    /// How many bytes of an answer it has.
    fn length(&self) -> usize {
        self.answer.as_ref().map_or(0, |answer| answer.body.len())
    }
}

/// The key of a POST to `/v1`.
fn key_of(request: &ApiRequest) -> Option<IdempotencyKey> {
    let headers = &request.headers;
    let key = headers.idempotency_key.as_ref().filter(|key| !key.is_empty())?;
    let counts = request.method == "POST" && request.path.starts_with("/v1/");
    counts.then(|| (headers.context.clone().or_else(|| headers.account.clone()), key.clone()))
}

/// What is to be kept of the answer to a request with a key.
pub(super) fn kept(request: &ApiRequest, answer: &ApiAnswer) -> Option<KeptAnswer> {
    let (account, key) = key_of(request)?;
    let (path, parameters) = (request.path.clone(), parameters_of(request));
    let answer = ApiAnswer { original: Some(request.number), ..answer.clone() };
    Some(KeptAnswer { account, key, path, parameters, answer })
}

/// FNV-1a: the same in each devtool, since files keep it.
fn parameters_of(request: &ApiRequest) -> u64 {
    let bytes = request.query.bytes().chain([0]).chain(request.body.iter().copied());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::request::RequestHeaders;

    fn request(key: &str, path: &str, body: &str) -> ApiRequest {
        let idempotency_key = Some(key.to_owned());
        ApiRequest {
            method: "POST".to_owned(),
            path: path.to_owned(),
            headers: RequestHeaders { idempotency_key, ..RequestHeaders::default() },
            body: body.as_bytes().to_vec(),
            ..ApiRequest::default()
        }
    }

    /// What a request is answered without its being done.
    fn said(keys: &mut IdempotencyKeys, request: &ApiRequest) -> String {
        match keys.claim(request) {
            KeyClaim::Free => "free".to_owned(),
            KeyClaim::First(_) => "first".to_owned(),
            KeyClaim::Again(answer) => format!("again {}", answer.status),
            KeyClaim::Refused(error) => {
                let answer = error.answer("/v1");
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                format!("{} {}", answer.status, body["error"]["message"].as_str().unwrap())
            }
        }
    }

    #[test]
    fn a_key_stands_for_one_request() {
        let mut keys = IdempotencyKeys::default();
        let first = request("k", "/v1/a", "x=1");
        let KeyClaim::First(key) = keys.claim(&first) else { panic!("the first one") };
        assert!(said(&mut keys, &first).starts_with("409 There is currently another"));
        keys.release(&key, Some(ApiAnswer::json(500, &json!({}))));
        assert_eq!(said(&mut keys, &first), "again 500");
        let other = said(&mut keys, &request("k", "/v1/a", "x=2"));
        assert!(other.starts_with("400 Keys for idempotent requests can only be used with the"));
        let path = said(&mut keys, &request("k", "/v1/b", "x=1"));
        assert!(path.contains("same endpoint they were first used for ('/v1/b' vs '/v1/a')."));
        let long = request(&"k".repeat(256), "/v1/a", "");
        assert!(said(&mut keys, &long).starts_with("400 "));
        let of_account = ApiRequest {
            headers: RequestHeaders { account: Some("acct_1".to_owned()), ..first.headers.clone() },
            ..first.clone()
        };
        assert_eq!(said(&mut keys, &of_account), "first");
        for other in ["GET", "DELETE"] {
            let other = ApiRequest { method: other.to_owned(), ..first.clone() };
            assert_eq!(said(&mut keys, &other), "free");
        }
    }

    #[test]
    fn a_request_that_came_to_nothing_may_be_made_again_and_old_keys_are_forgotten() {
        let mut keys = IdempotencyKeys::default();
        let first = request("k", "/v1/a", "");
        let KeyClaim::First(key) = keys.claim(&first) else { panic!("the first one") };
        keys.release(&key, None);
        assert_eq!(said(&mut keys, &first), "first");
        keys.release(&key, Some(ApiAnswer::json(200, &json!({}))));
        for number in 0..MOST_KEYS - 1 {
            assert_eq!(said(&mut keys, &request(&number.to_string(), "/v1/a", "")), "first");
        }
        assert_eq!(said(&mut keys, &first), "again 200");
        assert_eq!(said(&mut keys, &request("one more", "/v1/a", "")), "first");
        assert_eq!(said(&mut keys, &first), "first");
        assert_eq!(keys.requests.len(), MOST_KEYS);
    }

    #[test]
    fn answers_that_are_long_are_forgotten_sooner() {
        let mut keys = IdempotencyKeys::default();
        let long = ApiAnswer::json(200, &json!("a".repeat(MOST_BYTES / 4)));
        for number in 0..5 {
            let request = request(&number.to_string(), "/v1/a", "");
            let KeyClaim::First(key) = keys.claim(&request) else { panic!("the first one") };
            keys.release(&key, Some(long.clone()));
        }
        let kept: Vec<_> = keys.order.iter().map(|(_, key)| key.as_str()).collect();
        assert_eq!((kept, keys.bytes), (vec!["2", "3", "4"], 3 * long.body.len()));
        keys.forget_answers();
        assert_eq!((keys.requests.len(), keys.order.len(), keys.bytes), (0, 0, 0));
    }
}
