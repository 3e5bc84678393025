
use builtin;
use str;

set edit:completion:arg-completer[devtool] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'devtool'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'devtool'= {
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand scenario 'Send whole stories of events in order and report what the endpoint answered'
            cand trigger 'Send one event and report what the endpoint answered'
            cand events 'List the event types with their objects'
            cand history 'Show what was delivered, and what came of it'
            cand replay 'Deliver recorded events again: the same bytes, freshly signed'
            cand demo 'Send the payment scenario to a small endpoint of devtool''s own'
            cand doctor 'Look at everything that a webhook test needs, and say what to mend'
            cand setup 'Get everything ready: the Stripe CLI, the login, the signing secret'
            cand login 'Log in to Stripe: in the browser, or with an API key'
            cand logout 'Forget the API key that devtool keeps, and log the Stripe CLI out'
            cand stripe 'Run the Stripe CLI itself, with your terminal and your arguments'
            cand secret 'Print the signing secret, or write it to a .env file'
            cand sign 'Print the Stripe-Signature header of a payload'
            cand verify 'Check a payload''s signature as Stripe''s libraries do, and name what is wrong'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of devtool, or of one of its commands'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'devtool;scenario'= {
            cand --order 'Order of the events: story, created, reverse, shuffle, or the steps'' numbers [default: story]'
            cand --orders 'Tell the story again in NUMBER other orders, as Stripe promises none'
            cand --duplicate 'Share of the events that come twice, such as 0.5 or 100%'
            cand --concurrency 'How many events may be on their way at once [default: 1]'
            cand --repeat 'How many times to send the scenarios [default: 1]'
            cand --port 'Port of the endpoint on this machine [default: 5000]'
            cand --path 'Path of the endpoint [default: /webhook]'
            cand --url 'Whole URL of the endpoint'
            cand --secret 'Signing secret of the endpoint'
            cand --timeout 'How long to wait for one answer, such as 500ms or 10s [default: 30s]'
            cand --header 'Add a header to each request; can be given several times'
            cand --set 'Set a field of the payload, or amount, currency, customer or email of the story'
            cand --unset 'Leave a field out of the payload, or an element out of a list; can be given several times'
            cand --account 'Send the events as those of a connected account'
            cand --api-version 'API version that the events name, and whose shape they have where devtool knows it'
            cand --seed 'Number that all ids are drawn from, to repeat a run'
            cand --via 'Who sends the events [default: local]'
            cand --retry 'Send an event that is not accepted again, up to NUMBER times'
            cand --retry-schedule 'How long to wait before each retry, such as 0s,1s,5s'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --show 'Print the scenarios'' files, to start one of your own from'
            cand --check 'Only check the scenarios, and send nothing'
            cand --skip-verify 'Accept any certificate of an https endpoint on this machine'
            cand --allow-remote 'Allow an endpoint that is not on this machine'
            cand --force 'Let --set add fields that the event does not have'
            cand --fail-fast 'Stop at the first event that is not accepted'
            cand --no-history 'Record nothing of this run'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;trigger'= {
            cand --object 'Object that the event carries, for types that devtool does not know'
            cand --from 'Take the event, or the object that it carries, from a JSON file (`-` for stdin)'
            cand --port 'Port of the endpoint on this machine [default: 5000]'
            cand --path 'Path of the endpoint [default: /webhook]'
            cand --url 'Whole URL of the endpoint'
            cand --secret 'Signing secret of the endpoint'
            cand --timeout 'How long to wait for one answer, such as 500ms or 10s [default: 30s]'
            cand --header 'Add a header to each request; can be given several times'
            cand --set 'Set a field of the payload, or amount, currency, customer or email of the story'
            cand --unset 'Leave a field out of the payload, or an element out of a list; can be given several times'
            cand --account 'Send the events as those of a connected account'
            cand --api-version 'API version that the events name, and whose shape they have where devtool knows it'
            cand --seed 'Number that all ids are drawn from, to repeat a run'
            cand --via 'Who sends the events [default: local]'
            cand --retry 'Send an event that is not accepted again, up to NUMBER times'
            cand --retry-schedule 'How long to wait before each retry, such as 0s,1s,5s'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --keep-id 'Keep the id and the time of the event that --from reads'
            cand --print 'Write the event''s JSON, exact to the byte, in place of sending it'
            cand --curl 'Write a curl command that sends the event, signed now, in place of sending it'
            cand --skip-verify 'Accept any certificate of an https endpoint on this machine'
            cand --allow-remote 'Allow an endpoint that is not on this machine'
            cand --force 'Let --set add fields that the event does not have'
            cand --fail-fast 'Stop at the first event that is not accepted'
            cand --no-history 'Record nothing of this run'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;events'= {
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --check 'Check the built-in catalogue: what is wrong, with file and line'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;history'= {
            cand --last 'Only the last NUMBER of them'
            cand --type 'Only those of this type, or of a pattern such as ''invoice.*'''
            cand --status 'Only those whose last answer had this status, such as 404 or 5xx'
            cand --since 'Only those that came within this time, such as 1h'
            cand --session 'Only those of one session'
            cand --grep 'Only those whose event or answer has this text in its body'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --failed 'Only those that were not accepted'
            cand --undelivered 'Only those that never got an answer'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand show 'Show one delivery: the request, and the answer to each attempt'
            cand export 'Write deliveries with all that was kept of them to stdout'
            cand prune 'Remove old deliveries, and give their space back'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'devtool;history;show'= {
            cand --secret 'Signing secret for --curl [default: the endpoint''s, as `devtool secret` prints it]'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --curl 'Write a curl command that sends the event again, signed now'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;history;export'= {
            cand --format 'What to write'
            cand --last 'Only the last NUMBER of them'
            cand --type 'Only those of this type, or of a pattern such as ''invoice.*'''
            cand --status 'Only those whose last answer had this status, such as 404 or 5xx'
            cand --since 'Only those that came within this time, such as 1h'
            cand --session 'Only those of one session'
            cand --grep 'Only those whose event or answer has this text in its body'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --color 'When to use colours'
            cand --failed 'Only those that were not accepted'
            cand --undelivered 'Only those that never got an answer'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;history;prune'= {
            cand --keep 'How long deliveries are kept [default: `keep` in devtool.toml, else 30d]'
            cand --max-size 'How much they may take [default: `max_size` in devtool.toml, else 1GB]'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;history;help'= {
            cand show 'Show one delivery: the request, and the answer to each attempt'
            cand export 'Write deliveries with all that was kept of them to stdout'
            cand prune 'Remove old deliveries, and give their space back'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'devtool;history;help;show'= {
        }
        &'devtool;history;help;export'= {
        }
        &'devtool;history;help;prune'= {
        }
        &'devtool;history;help;help'= {
        }
        &'devtool;replay'= {
            cand --last 'Only the last NUMBER of them'
            cand --type 'Only those of this type, or of a pattern such as ''invoice.*'''
            cand --status 'Only those whose last answer had this status, such as 404 or 5xx'
            cand --since 'Only those that came within this time, such as 1h'
            cand --session 'Only those of one session'
            cand --grep 'Only those whose event or answer has this text in its body'
            cand --retry 'Send an event that is not accepted again, up to NUMBER times'
            cand --retry-schedule 'How long to wait before each retry, such as 0s,1s,5s'
            cand --port 'Port of the endpoint on this machine [default: 5000]'
            cand --path 'Path of the endpoint [default: /webhook]'
            cand --url 'Whole URL of the endpoint'
            cand --secret 'Signing secret of the endpoint'
            cand --timeout 'How long to wait for one answer, such as 500ms or 10s [default: 30s]'
            cand --header 'Add a header to each request; can be given several times'
            cand --history 'File of the history [default: history.db in devtool''s state directory]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --failed 'Only those that were not accepted'
            cand --undelivered 'Only those that never got an answer'
            cand --keep-timestamp 'Sign with the timestamp of the recorded signature, to see whether the endpoint minds its age'
            cand --fail-fast 'Stop at the first event that is not accepted'
            cand --skip-verify 'Accept any certificate of an https endpoint on this machine'
            cand --allow-remote 'Allow an endpoint that is not on this machine'
            cand --no-history 'Record nothing of this run'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;demo'= {
            cand --port 'Port of the endpoint, 0 for a free one [default: 0; 5000 with --serve]'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --serve 'Only keep the endpoint up, until Ctrl-C, and show what it receives'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;doctor'= {
            cand --port 'Port of the endpoint on this machine [default: 5000]'
            cand --path 'Path of the endpoint [default: /webhook]'
            cand --url 'Whole URL of the endpoint'
            cand --secret 'Signing secret of the endpoint'
            cand --timeout 'How long to wait for one answer, such as 500ms or 10s [default: 30s]'
            cand --header 'Add a header to each request; can be given several times'
            cand --project-name 'The Stripe CLI''s project, which holds a login of its own'
            cand --api-base 'Where Stripe''s API is, for tests and companies'' proxies'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --skip-verify 'Accept any certificate of an https endpoint on this machine'
            cand --allow-remote 'Allow an endpoint that is not on this machine'
            cand --offline 'Use no network'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;setup'= {
            cand --from 'Where to install from: github, npm, or an archive that you have [default: github, then npm]'
            cand --sha256 'SHA-256 of the archive; without it, the list of checksums beside the archive is used'
            cand --version 'Version to install [default: the latest]'
            cand --dir 'Directory to install into [default: devtool''s own data directory]'
            cand --mirror 'URL that has releases/latest and releases/download as GitHub does'
            cand --timeout 'How long a server may say nothing, such as 10s [default: 30s]'
            cand --write-env 'File to write the signing secret to, keeping its other lines'
            cand --project-name 'The Stripe CLI''s project, which holds a login of its own'
            cand --api-base 'Where Stripe''s API is, for tests and companies'' proxies'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --force 'Install even if a Stripe CLI is there that will do'
            cand --offline 'Use no network'
            cand --check 'Only print the installed and the latest version'
            cand --uninstall 'Remove what devtool has installed'
            cand --yes 'Ask nothing'
            cand --skip-login 'Leave the login out'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;login'= {
            cand --api-key 'API key to check and keep; --api-key-stdin is safer, since others can see a command line'
            cand --project-name 'The Stripe CLI''s project, which holds a login of its own'
            cand --api-base 'Where Stripe''s API is, for tests and companies'' proxies'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand --interactive 'Ask for an API key here, in place of the browser'
            cand --api-key-stdin 'Read the API key from stdin'
            cand --non-interactive 'Print the URL to open and the command to run next, as JSON, and end'
            cand --status 'Only say who the login in force speaks for'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;logout'= {
            cand --project-name 'The Stripe CLI''s project, which holds a login of its own'
            cand --api-base 'Where Stripe''s API is, for tests and companies'' proxies'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;stripe'= {
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;secret'= {
            cand --write 'File to write the secret to, keeping its other lines'
            cand --secret 'Signing secret, in place of the one that would be found'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;sign'= {
            cand --timestamp 'Time of the signature, in seconds since 1970 [default: now]'
            cand --secret 'Signing secret, in place of the one that would be found'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;verify'= {
            cand --header 'Value of the Stripe-Signature header'
            cand --tolerance 'How old the signature may be, `0s` for any age'
            cand --secret 'Signing secret, in place of the one that would be found'
            cand --format 'What to print on stdout'
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;completions'= {
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;man'= {
            cand --color 'When to use colours'
            cand -q 'Say nothing but what failed'
            cand --quiet 'Say nothing but what failed'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'devtool;help'= {
            cand scenario 'Send whole stories of events in order and report what the endpoint answered'
            cand trigger 'Send one event and report what the endpoint answered'
            cand events 'List the event types with their objects'
            cand history 'Show what was delivered, and what came of it'
            cand replay 'Deliver recorded events again: the same bytes, freshly signed'
            cand demo 'Send the payment scenario to a small endpoint of devtool''s own'
            cand doctor 'Look at everything that a webhook test needs, and say what to mend'
            cand setup 'Get everything ready: the Stripe CLI, the login, the signing secret'
            cand login 'Log in to Stripe: in the browser, or with an API key'
            cand logout 'Forget the API key that devtool keeps, and log the Stripe CLI out'
            cand stripe 'Run the Stripe CLI itself, with your terminal and your arguments'
            cand secret 'Print the signing secret, or write it to a .env file'
            cand sign 'Print the Stripe-Signature header of a payload'
            cand verify 'Check a payload''s signature as Stripe''s libraries do, and name what is wrong'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page of devtool, or of one of its commands'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'devtool;help;scenario'= {
        }
        &'devtool;help;trigger'= {
        }
        &'devtool;help;events'= {
        }
        &'devtool;help;history'= {
            cand show 'Show one delivery: the request, and the answer to each attempt'
            cand export 'Write deliveries with all that was kept of them to stdout'
            cand prune 'Remove old deliveries, and give their space back'
        }
        &'devtool;help;history;show'= {
        }
        &'devtool;help;history;export'= {
        }
        &'devtool;help;history;prune'= {
        }
        &'devtool;help;replay'= {
        }
        &'devtool;help;demo'= {
        }
        &'devtool;help;doctor'= {
        }
        &'devtool;help;setup'= {
        }
        &'devtool;help;login'= {
        }
        &'devtool;help;logout'= {
        }
        &'devtool;help;stripe'= {
        }
        &'devtool;help;secret'= {
        }
        &'devtool;help;sign'= {
        }
        &'devtool;help;verify'= {
        }
        &'devtool;help;completions'= {
        }
        &'devtool;help;man'= {
        }
        &'devtool;help;help'= {
        }
    ]
    $completions[$command]
}
