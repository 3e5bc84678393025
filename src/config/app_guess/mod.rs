//! Where the app of a project may listen for events: what its files say.

mod guess;
mod paths;
mod ports;
mod prefixes;
mod sources;
mod variables;

use std::path::Path;

pub use guess::Guess;

/// What a project's files say of its endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppGuess {
    /// The port.
    pub port: Option<Guess<u16>>,
    /// The path that takes events.
    pub path: Option<Guess<String>>,
    /// The variable that holds the signing secret, where it is not the usual one.
    pub secret_variable: Option<Guess<String>>,
}

impl AppGuess {
    /// Reads the files of a project that say such things. What cannot be read says nothing.
    pub fn of(directory: &Path) -> Self {
        let sources = sources::all(directory);
        Self {
            port: ports::find(directory, &sources),
            path: paths::find(&sources),
            secret_variable: variables::find(&sources),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(files: &[(&str, &str)]) -> (Option<u16>, Option<String>) {
        let home = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let file = home.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        let guess = AppGuess::of(home.path());
        (guess.port.map(|port| port.value), guess.path.map(|path| path.value))
    }

    fn expected(port: u16, path: &str) -> (Option<u16>, Option<String>) {
        (Some(port), Some(path.to_owned()))
    }

    #[test]
    fn each_kind_of_project_says_its_port_and_path() {
        let flask = "app = Flask(__name__)\n@app.post('/stripe/webhook')\ndef hook(): pass\n";
        assert_eq!(guess(&[("app.py", flask)]), expected(5000, "/stripe/webhook"));
        let urls = "urlpatterns = [path(\"payments/webhook/\", views.hook)]\n";
        let django = [("manage.py", ""), ("shop/urls.py", urls)];
        assert_eq!(guess(&django), expected(8000, "/payments/webhook/"));
        let routes = "post 'webhooks/stripe', to: 'webhooks#create'\n";
        let rails = [("bin/rails", ""), ("config/routes.rb", routes)];
        assert_eq!(guess(&rails), expected(3000, "/webhooks/stripe"));
        let package =
            "{\"scripts\": {\"dev\": \"next dev -p 3100\"}, \"dependencies\": {\"next\": \"15\"}}";
        let next = [("package.json", package), ("src/app/api/(pay)/webhook/route.ts", "")];
        assert_eq!(guess(&next), expected(3100, "/api/webhook"));
        let express = "app.post(\"/webhook\", handler);\napp.listen(process.env.PORT || 4242);\n";
        assert_eq!(guess(&[("server.js", express)]), expected(4242, "/webhook"));
    }

    #[test]
    fn routes_stand_behind_what_the_app_puts_in_front_of_them() {
        let path = |files: &[(&str, &str)]| guess(files).1.unwrap();
        let router = "router = APIRouter(prefix='/webhooks')\n@router.post('/stripe')\n";
        assert_eq!(path(&[("payments.py", router)]), "/webhooks/stripe");
        let main = "from .payments import router as pay\napp.include_router(\n    pay,\n    prefix=\"/api\",\n)\n";
        assert_eq!(path(&[("main.py", main), ("payments.py", router)]), "/api/webhooks/stripe");
        let other = "app.include_router(users.router, prefix=\"/users\")\n";
        assert_eq!(path(&[("main.py", other), ("payments.py", router)]), "/webhooks/stripe");
        let blueprint =
            "pay = Blueprint('pay', __name__, url_prefix='/old')\n@pay.post('/webhook')\n";
        let app = "from pay import pay\napp.register_blueprint(pay, url_prefix='/new')\n";
        assert_eq!(path(&[("app.py", app), ("pay.py", blueprint)]), "/new/webhook");
        assert_eq!(path(&[("pay.py", blueprint)]), "/old/webhook");
        let root = "urlpatterns = [path('payments/', include('shop.pay.urls'))]\n";
        let urls = "urlpatterns = [path('webhook/', views.hook)]\n";
        let django = [("manage.py", ""), ("site/urls.py", root), ("shop/pay/urls.py", urls)];
        assert_eq!(path(&django), "/payments/webhook/");
        let server = "const pay = require('./routes/pay');\napp.use('/api', pay);\n";
        let express = "router.post('/webhook', express.raw(), take);\n";
        assert_eq!(path(&[("server.js", server), ("routes/pay.js", express)]), "/api/webhook");
        let module = "import pay from './routes/pay.js';\napp.use('/v1', pay);\n";
        assert_eq!(path(&[("server.mjs", module), ("routes/pay.js", express)]), "/v1/webhook");
    }

    #[test]
    fn a_route_need_not_be_called_a_webhook() {
        let path = |text: &str| guess(&[("app.py", text)]).1;
        for found in ["/stripe/hook", "/stripe_events", "/stripe/callback", "/hooks", "/api/hook"] {
            assert_eq!(path(&format!("@app.post('{found}')")).as_deref(), Some(found));
        }
        let better = "post('/hooks')\npost('/stripe/events')\npost('/webhook')\n";
        assert_eq!(path(better).as_deref(), Some("/webhook"));
        assert_eq!(
            path("post('/hooks')\npost('/stripe/events')\n").as_deref(),
            Some("/stripe/events")
        );
        for other in ["/stripe", "/events", "/shook", "/stripe/prices", "/api/callback"] {
            assert_eq!(path(&format!("@app.post('{other}')")), None, "{other}");
        }
    }

    #[test]
    fn what_a_person_set_comes_before_what_is_usual() {
        let manage = ("manage.py", "");
        assert_eq!(guess(&[manage, (".env", "PORT=8123\n")]).0, Some(8123));
        assert_eq!(guess(&[manage, ("Procfile", "web: gunicorn -b :8124 shop\n")]).0, Some(8124));
        let compose = "services:\n  db:\n    ports:\n      - \"5432:5432\"\n  web:\n    ports:\n      - \"8125:80\"\n";
        assert_eq!(guess(&[manage, ("compose.yaml", compose)]).0, Some(8125));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(guess(&[]), (None, None));
        let strange = [("package.json", "{"), (".env", "PORT=x\n"), ("compose.yaml", "- 1:2:3:4")];
        assert_eq!(guess(&strange), (None, None));
        assert_eq!(guess(&[("node_modules/a/app.js", "post('/webhook')")]).1, None);
    }
}
