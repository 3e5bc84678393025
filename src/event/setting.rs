//! What the user sets: `--set`, `--unset`, `--id`, and the same in files.

use super::event_choice::EventChoice;
use super::path::Path;

/// The objects whose metadata a story can be given: those whose metadata Stripe copies, or is often thought to.
pub const WITH_METADATA: [&str; 3] = ["checkout.session", "payment_intent", "subscription"];

/// One thing that the user sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A parameter of the story: `amount`, `currency`, `customer`, `email`.
    Parameter {
        /// Its name.
        name: String,
        /// Its new value.
        value: String,
    },
    /// The id of one of the story's objects.
    Id {
        /// The object, as `about` names it: `price`, `price/second`.
        object: String,
        /// Its id.
        id: String,
    },
    /// Metadata of one of the story's objects, which Stripe may copy to others.
    Metadata {
        /// The object's type.
        object: String,
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A field of the payload.
    Field {
        /// Where, from the event or from its object.
        path: Path,
        /// The new value as written.
        value: String,
    },
    /// A field that is left out of the payload.
    Removal {
        /// Where, from the event or from its object.
        path: Path,
    },
    /// A field, or one that is left out, in some of the events only.
    Within {
        /// Which events.
        events: EventChoice,
        /// What is set in them.
        setting: Box<Self>,
    },
}

impl Setting {
    /// Reads `PATH=VALUE`, or `EVENTS:PATH=VALUE` for some of the events.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE")?;
        let field = |path| Ok(Self::Field { path: Path::parse(path)?, value: value.to_owned() });
        if let Some((events, path)) = EventChoice::split(path, &format!("={value}"))? {
            return Ok(Self::within(events, field(path)?));
        }
        let (name, value) = (path.to_owned(), value.to_owned());
        if ["amount", "currency", "customer", "email"].contains(&path) {
            return Ok(Self::Parameter { name, value });
        }
        match Self::metadata(&Path::parse(path)?) {
            Some((object, key)) => Ok(Self::Metadata { object, key, value }),
            None => field(path),
        }
    }

    /// Reads the path of an `--unset`, which may begin with some of the events.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse_removal(text: &str) -> Result<Self, String> {
        if let Some((path, _)) = text.split_once('=') {
            return Err(format!("expected a path alone, such as `{path}`"));
        }
        let removal = |path| Ok::<_, String>(Self::Removal { path: Path::parse(path)? });
        match EventChoice::split(text, "")? {
            Some((events, path)) => Ok(Self::within(events, removal(path)?)),
            None => removal(text),
        }
    }

    /// Reads `OBJECT=ID`. Whether there is such an object, and whether its ids look so, is the story's to say.
    ///
    /// # Errors
    /// It is none.
    pub fn parse_id(text: &str) -> Result<Self, String> {
        let parts =
            text.split_once('=').filter(|(object, id)| !object.is_empty() && !id.is_empty());
        let (object, id) = parts.ok_or("expected OBJECT=ID, such as `price=price_123`")?;
        Ok(Self::Id { object: object.to_owned(), id: id.to_owned() })
    }

    fn within(events: EventChoice, setting: Self) -> Self {
        Self::Within { events, setting: Box::new(setting) }
    }

    /// The object and the key of a path such as `subscription.metadata.plan`.
    fn metadata(path: &Path) -> Option<(String, String)> {
        let of = |object: &&str| {
            let names: Vec<&str> = object.split('.').chain(["metadata"]).collect();
            let key = path.without(&names)?;
            Some(((*object).to_owned(), key.only_name()?.to_owned()))
        };
        WITH_METADATA.iter().find_map(of)
    }

    /// The same for an event that tells no story of devtool's: a parameter is a field there.
    #[must_use]
    pub fn into_field(self) -> Self {
        match self {
            Self::Parameter { name, value } => Self::Field { path: Path::key(&name), value },
            Self::Metadata { object, key, value } => {
                let names: Vec<&str> = object.split('.').chain(["metadata"]).collect();
                Self::Field { path: Path::key(&key).below(&names), value }
            }
            other => other,
        }
    }

    /// How it is typed, without its value.
    pub fn typed(&self) -> String {
        match self {
            Self::Parameter { name, .. } => format!("--set {name}"),
            Self::Id { object, .. } => format!("--id {object}"),
            Self::Metadata { object, key, .. } => format!("--set {object}.metadata.{key}"),
            Self::Field { path, .. } => format!("--set {path}"),
            Self::Removal { path } => format!("--unset {path}"),
            Self::Within { events, setting } => {
                let typed = setting.typed();
                let (option, path) = typed.split_once(' ').unwrap_or(("", &typed));
                format!("{option} {events}:{path}")
            }
        }
    }
}

/// What the metadata of objects of a type is called among the names of a story.
pub fn metadata_name(kind: &str) -> String {
    format!("{kind}.metadata")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_by_what_they_set() {
        let typed = |text| Setting::parse(text).unwrap().typed();
        for (text, expected) in [
            ("amount=5", "--set amount"),
            ("metadata.order=7", "--set metadata.order"),
            ("invoice.paid:amount=5", "--set invoice.paid:amount"),
            ("3:metadata.a=b:c", "--set 3:metadata.a"),
            ("subscription.metadata.plan=pro", "--set subscription.metadata.plan"),
            ("checkout.session.metadata[\"a.b\"]=1", "--set checkout.session.metadata.a.b"),
        ] {
            assert_eq!(typed(text), expected);
        }
        assert!(matches!(
            Setting::parse("subscription.metadata.a=1").unwrap(),
            Setting::Metadata { .. }
        ));
        assert!(matches!(Setting::parse("plan.metadata.a=1").unwrap(), Setting::Field { .. }));
        let refused = Setting::parse("invoice:description=x").unwrap_err();
        assert!(refused.ends_with("write `description=x`"), "{refused}");
    }

    #[test]
    fn ids_are_read_with_their_objects() {
        let Ok(Setting::Id { object, id }) = Setting::parse_id("price/second=price_1=") else {
            panic!("no id");
        };
        assert_eq!((object.as_str(), id.as_str()), ("price/second", "price_1="));
        for text in ["price", "=price_1", "price="] {
            assert!(Setting::parse_id(text).is_err(), "{text}");
        }
    }
}
