//! A story: the linked objects that the events of one run talk about.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::catalogue::Catalogue;
use super::error::{EventError, Result};
use super::event_type::{EventCause, EventType, Payload, RelatedObject, Snapshot};
use super::id::{self, IdForm};
use super::object_type::ObjectType;
use super::plot::Plot;
use super::previous;
use super::setting;
use super::shape::Shape;
use super::template::{self, Evaluate, Expression, MomentExpression};
use super::timeline::{self, Scene, Timeline};
use super::variants::variants;
use crate::protocol::moment::Moment;
use crate::protocol::ordered;

/// The values of a story that are no ids, by name.
pub const PARAMETERS: [&str; 3] = ["amount", "currency", "email"];

/// The objects and events of one run.
pub struct Story<'c> {
    pub(super) catalogue: &'c Catalogue,
    pub(super) plot: Plot,
    /// The payment method, the plot's other variants, and those that come of its scenes.
    variants: Vec<String>,
    pub(super) timeline: Timeline,
    shape: Shape,
    /// What its templates name, where somebody wants to know: the local API, or who has ids of their own.
    pub(super) named: RefCell<Option<BTreeSet<String>>>,
}

impl<'c> Story<'c> {
    /// A story of these scenes.
    ///
    /// # Errors
    /// The payment method does not exist, or does not take the currency.
    pub fn new(catalogue: &'c Catalogue, plot: Plot, scenes: Vec<Scene>) -> Result<Self> {
        plot.parameters.check_currency(&plot.payment_method)?;
        let timeline = Timeline::new(scenes, &plot.created, plot.end);
        let mut given = vec![plot.payment_method.clone()];
        given.extend(plot.variants.iter().cloned());
        let variants = variants(given, &plot.api_version, &timeline.scenes);
        let shape = Shape::at(&plot.api_version)?;
        let is_given = !plot.parameters.ids.is_empty() || !plot.parameters.metadata.is_empty();
        let named = RefCell::new((is_given || plot.notes_ids).then(BTreeSet::new));
        Ok(Self { catalogue, plot, variants, timeline, shape, named })
    }

    /// The payloads of the story's events, in the order of its scenes.
    ///
    /// # Errors
    /// What a scene says of before does not fit its object, or the catalogue has an error.
    pub fn payloads(&self) -> Result<Vec<Value>> {
        let payload = |(index, scene): (usize, &Scene)| match &scene.event_type.payload {
            Payload::Thin(related) => self.notification(index, scene, related.as_ref()),
            Payload::Snapshot(snapshot) => self.payload(index, scene, snapshot),
        };
        self.timeline.scenes.iter().enumerate().map(payload).collect()
    }

    /// What a name stands for in this story: a parameter, or the id of one of its objects; `None` for
    /// any other name.
    pub fn value(&self, name: &str) -> Option<String> {
        let parameters = &self.plot.parameters;
        match name {
            "amount" => Some(parameters.amount.to_string()),
            "currency" => Some(parameters.currency.clone()),
            "email" => Some(parameters.email.clone()),
            object => self.id(object).ok(),
        }
    }

    /// The payload of a thin event.
    fn notification(
        &self,
        index: usize,
        scene: &Scene,
        related: Option<&RelatedObject>,
    ) -> Result<Value> {
        let view = View { story: self, scene, depth: 0 };
        let related =
            related.map(|object| json!({"id": object.id, "type": object.kind, "url": object.url}));
        let mut request = self.request(scene)?;
        let is_requested = !request["id"].is_null();
        if request["idempotency_key"].is_null() {
            // The libraries take the key of a reason for text.
            request["idempotency_key"] = id::uuid(self.plot.seed, &scene.name).into();
        }
        Ok(ordered(json!({
            "id": id::thin_event_id(self.plot.seed, &self.event_name(index, scene)),
            "object": "v2.core.event",
            "context": self.plot.account,
            "created": scene.at.rfc3339(),
            "livemode": false,
            "reason": is_requested.then(|| json!({"type": "request", "request": request})),
            "related_object": related.map(|template| view.rendered(template)).transpose()?,
            "type": scene.name,
        })))
    }

    /// What an event is called where its id is drawn.
    fn event_name(&self, index: usize, scene: &Scene) -> String {
        format!("event/{}/{index}/{}", self.plot.name, scene.name)
    }

    /// What a template says in a scene.
    pub(super) fn said(&self, scene: &Scene, template: &Value) -> Result<Value> {
        View { story: self, scene, depth: 0 }.rendered(template.clone())
    }

    /// The object of a scene, as it is after it, in each of these shapes.
    pub(super) fn object(
        &self,
        scene: &Scene,
        snapshot: &Snapshot,
        shapes: &[Shape],
    ) -> Result<Vec<Value>> {
        let object_type = self.catalogue.object(&scene.event_type.object)?;
        let object = self.said(scene, &self.template(scene, snapshot, object_type)?)?;
        let view = View { story: self, scene, depth: 0 };
        shapes.iter().map(|shape| view.in_shape(object.clone(), shape)).collect()
    }

    pub(super) fn payload(
        &self,
        index: usize,
        scene: &Scene,
        snapshot: &Snapshot,
    ) -> Result<Value> {
        let view = View { story: self, scene, depth: 0 };
        let object_type = self.catalogue.object(&scene.event_type.object)?;
        let after = self.template(scene, snapshot, object_type)?;
        let before = (!snapshot.was.is_empty()).then(|| after.clone());
        let mut data = Map::new();
        data.insert("object".to_owned(), view.shaped(after)?);
        if let Some(mut before) = before {
            let before = template::apply(&mut before, &snapshot.was)
                .and_then(|()| view.shaped(before))
                .map_err(|error| EventError::Previous { scene: index, error: error.into() })?;
            let previous = previous::attributes(&before, &data["object"]);
            data.insert("previous_attributes".to_owned(), ordered(Value::Object(previous)));
        }
        let name = self.event_name(index, scene);
        let (form, _) = self.catalogue.form(&scene.about)?;
        let event_id = id::event_id(self.plot.seed, form.map(IdForm::body), &scene.about, &name);
        let account = self.plot.account.as_ref().map(|account| ("account", account.clone().into()));
        // In the order of the wire.
        let first: [(&str, Value); 2] = [("id", event_id.into()), ("object", "event".into())];
        let rest = [
            ("api_version", self.plot.api_version.clone().into()),
            ("created", scene.at.seconds().into()),
            ("data", Value::Object(data)),
            ("livemode", false.into()),
            ("pending_webhooks", 1.into()),
            ("request", self.request(scene)?),
            ("type", scene.name.clone().into()),
        ];
        let members = first.into_iter().chain(account).chain(rest);
        Ok(members.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The object's template in the state of the scene, and with what else the type sets; in the
    /// order of the wire.
    fn template(&self, scene: &Scene, snapshot: &Snapshot, object: &ObjectType) -> Result<Value> {
        let mut name = scene.event_type.object.clone();
        for part in [&self.variants, &scene.states, &snapshot.states] {
            name.push(' ');
            for state in part {
                name.extend([state, ","]);
            }
        }
        if !snapshot.set.is_empty() {
            name.push_str(&scene.name);
        }
        let kept = self.catalogue.template(name, || {
            let mut template = self.in_states(scene, snapshot, object)?;
            template::apply(&mut template, &snapshot.set)?;
            Ok(ordered(template))
        })?;
        Ok(Arc::unwrap_or_clone(kept))
    }

    /// The template in the state of the scene: variants first, then the scene's own states and the
    /// type's.
    fn in_states(&self, scene: &Scene, snapshot: &Snapshot, object: &ObjectType) -> Result<Value> {
        let mut template = object.base.clone();
        for variant in &self.variants {
            let with_others = self.variants.iter().map(|other| format!("{variant}/{other}"));
            for name in std::iter::once(variant.clone()).chain(with_others) {
                if let Some(changes) = object.states.get(&name) {
                    template::apply(&mut template, changes)?;
                }
            }
        }
        // What the scene says stands as it says it: an invoice that is sent is one made by hand first.
        let usual = snapshot.states.iter().filter(|state| !scene.states.contains(state));
        for state in scene.states.iter().chain(usual) {
            let changes = object.states.get(state).ok_or_else(|| {
                let object = &scene.event_type.object;
                EventError::at_words(state, format!("`{object}` has no state `{state}`"))
            })?;
            template::apply(&mut template, changes)?;
            for variant in self.variants.iter().chain(&scene.states).chain(&snapshot.states) {
                if let Some(changes) = object.states.get(&format!("{state}/{variant}")) {
                    template::apply(&mut template, changes)?;
                }
            }
        }
        Ok(template)
    }

    /// The API request that caused an event. What happens in the same second has the same one.
    fn request(&self, scene: &Scene) -> Result<Value> {
        let event_type = &scene.event_type;
        let by_variant = self.variants.iter().find_map(|variant| event_type.causes.get(variant));
        let cause = scene.cause.or(by_variant.copied()).unwrap_or(event_type.cause);
        let before_end = self.plot.end.seconds() - scene.at.seconds();
        let name = format!("request/{}/{before_end}", self.plot.name);
        Ok(match cause {
            EventCause::Stripe => json!({"id": null, "idempotency_key": null}),
            EventCause::Page => {
                json!({"id": null, "idempotency_key": id::uuid(self.plot.seed, &name)})
            }
            EventCause::UnkeyedRequest => json!({"id": self.id(&name)?, "idempotency_key": null}),
            EventCause::Request => {
                json!({"id": self.id(&name)?, "idempotency_key": id::uuid(self.plot.seed, &name)})
            }
        })
    }

    pub(super) fn id(&self, name: &str) -> Result<String> {
        self.note(name);
        if let Some(own) = self.plot.parameters.ids.get(name) {
            return Ok(own.clone());
        }
        let form =
            self.catalogue.form(name)?.0.ok_or_else(|| {
                EventError::at_words(name, format!("no form of an id for `{name}`"))
            })?;
        Ok(form.id(self.plot.seed, name, &self.variants))
    }

    fn metadata(&self, kind: &str) -> Value {
        self.note(&setting::metadata_name(kind));
        self.plot.parameters.metadata_of(kind)
    }

    fn note(&self, name: &str) {
        if let Some(named) = &mut *self.named.borrow_mut() {
            named.insert(name.to_owned());
        }
    }

    /// The objects that its events name by their ids, as `about` names them, and the metadata that they have
    /// ([`setting::metadata_name`]); empty where the user has nothing of either for it.
    pub fn named(&self) -> BTreeSet<String> {
        self.named.borrow().clone().unwrap_or_default()
    }
}

/// What the expressions of one scene mean.
struct View<'s> {
    story: &'s Story<'s>,
    scene: &'s Scene,
    /// How many objects this one lies in.
    depth: usize,
}

/// How deep objects may lie in one another before that counts as a circle.
const MOST_DEPTH: usize = 4;

impl View<'_> {
    fn rendered(&self, template: Value) -> Result<Value> {
        Ok(template::render(template, self)?.unwrap_or_default())
    }

    /// The object in the shape of the API version.
    fn shaped(&self, template: Value) -> Result<Value> {
        self.in_shape(self.rendered(template)?, &self.story.shape)
    }

    fn in_shape(&self, mut object: Value, shape: &Shape) -> Result<Value> {
        let values = |template: &Value, _: &Value| template::render(template.clone(), self);
        let is_changed = shape.apply(&mut object, &values)?;
        Ok(if is_changed { ordered(object) } else { object })
    }

    /// Another object of the story, in its first state or in the one named.
    fn whole(&self, name: &str, state: Option<&str>) -> Result<Value> {
        if self.depth == MOST_DEPTH {
            return Err(self.error(name));
        }
        let kind = name.split('/').next().unwrap_or(name);
        let scene = Scene {
            about: name.to_owned(),
            states: state.map(str::to_owned).into_iter().collect(),
            event_type: Arc::new(EventType::unlisted(kind)),
            ..self.scene.clone()
        };
        let first = Snapshot::default();
        let template = self.story.template(&scene, &first, self.story.catalogue.object(kind)?)?;
        View { story: self.story, scene: &scene, depth: self.depth + 1 }.rendered(template)
    }

    /// A point in time, in seconds.
    fn moment(&self, moment: &MomentExpression<'_>) -> Result<i64> {
        let here = (self.scene.about.as_str(), self.scene.at);
        Ok(self.story.timeline.moment(self.story.catalogue, moment, here)?.seconds())
    }

    fn parameter(&self, name: &str) -> Result<Value> {
        let parameters = &self.story.plot.parameters;
        match name {
            "amount" => Ok(parameters.amount.into()),
            "currency" => Ok(parameters.currency.as_str().into()),
            "email" => Ok(parameters.email.as_str().into()),
            _ => Err(self.error(name)),
        }
    }
}

impl Evaluate for View<'_> {
    fn value(&self, expression: &Expression<'_>) -> Result<Option<Value>> {
        let story = self.story;
        let seed = story.plot.seed;
        Ok(Some(match expression {
            Expression::Absent => return Ok(None),
            Expression::OwnId => story.id(&self.scene.about)?.into(),
            Expression::Id(name) => {
                story.id(&story.timeline.related(name, &self.scene.about))?.into()
            }
            Expression::Own(name) => story.id(&timeline::in_role(name, &self.scene.about))?.into(),
            Expression::Parameter(name) => self.parameter(name)?,
            Expression::Text(number) => self.value(number)?.unwrap_or_default().to_string().into(),
            Expression::Shown => story.plot.parameters.shown_amount().into(),
            Expression::Short(name) => {
                let id = story.id(&story.timeline.related(name, &self.scene.about))?;
                id.chars().take(25).collect::<String>().into()
            }
            Expression::Percent(share, more) => {
                (i64::from(story.plot.parameters.amount) * i64::from(*share) / 100 + more).into()
            }
            Expression::Code(name) => {
                seed.characters(&format!("code/{}", story.id(name)?), id::CODE, 8).into()
            }
            Expression::Random(count) => {
                let name = format!("random/{count}/{}", self.scene.about);
                seed.characters(&name, id::BASE62, *count).into()
            }
            Expression::Metadata(kind) => story.metadata(kind),
            Expression::Whole(name, state) => self.whole(name, *state)?,
            Expression::Calendar("month") => self.scene.at.month().into(),
            Expression::Calendar(_) => self.scene.at.year().into(),
            Expression::Moment(moment) => self.moment(moment)?.into(),
            Expression::Written(at) => Moment::from_seconds(self.moment(at)?).rfc3339().into(),
            Expression::Milliseconds(at) => (self.moment(at)? * 1_000).into(),
        }))
    }

    fn error(&self, text: &str) -> EventError {
        let object = &self.scene.event_type.object;
        EventError::at_words(text, format!("no expression in `{object}`: `{text}`"))
    }
}
