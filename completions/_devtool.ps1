
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'devtool' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'devtool'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'devtool' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('scenario', 'scenario', [CompletionResultType]::ParameterValue, 'Send whole stories of events in order and report what the endpoint answered')
            [CompletionResult]::new('trigger', 'trigger', [CompletionResultType]::ParameterValue, 'Send one event and report what the endpoint answered')
            [CompletionResult]::new('events', 'events', [CompletionResultType]::ParameterValue, 'List the event types with their objects')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was delivered, and what came of it')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Deliver recorded events again: the same bytes, freshly signed')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Send the payment scenario to a small endpoint of devtool''s own')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look at everything that a webhook test needs, and say what to mend')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Get everything ready: the Stripe CLI, the login, the signing secret')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in to Stripe: in the browser, or with an API key')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the API key that devtool keeps, and log the Stripe CLI out')
            [CompletionResult]::new('stripe', 'stripe', [CompletionResultType]::ParameterValue, 'Run the Stripe CLI itself, with your terminal and your arguments')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Print the signing secret, or write it to a .env file')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Print the Stripe-Signature header of a payload')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check a payload''s signature as Stripe''s libraries do, and name what is wrong')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of devtool, or of one of its commands')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'devtool;scenario' {
            [CompletionResult]::new('--order', '--order', [CompletionResultType]::ParameterName, 'Order of the events: story, created, reverse, shuffle, or the steps'' numbers [default: story]')
            [CompletionResult]::new('--orders', '--orders', [CompletionResultType]::ParameterName, 'Tell the story again in NUMBER other orders, as Stripe promises none')
            [CompletionResult]::new('--duplicate', '--duplicate', [CompletionResultType]::ParameterName, 'Share of the events that come twice, such as 0.5 or 100%')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'How many events may be on their way at once [default: 1]')
            [CompletionResult]::new('--repeat', '--repeat', [CompletionResultType]::ParameterName, 'How many times to send the scenarios [default: 1]')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the endpoint on this machine [default: 5000]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Path of the endpoint [default: /webhook]')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Whole URL of the endpoint')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret of the endpoint')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for one answer, such as 500ms or 10s [default: 30s]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to each request; can be given several times')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a field of the payload, or amount, currency, customer or email of the story')
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Leave a field out of the payload, or an element out of a list; can be given several times')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Send the events as those of a connected account')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'API version that the events name, and whose shape they have where devtool knows it')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Number that all ids are drawn from, to repeat a run')
            [CompletionResult]::new('--via', '--via', [CompletionResultType]::ParameterName, 'Who sends the events [default: local]')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Send an event that is not accepted again, up to NUMBER times')
            [CompletionResult]::new('--retry-schedule', '--retry-schedule', [CompletionResultType]::ParameterName, 'How long to wait before each retry, such as 0s,1s,5s')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--show', '--show', [CompletionResultType]::ParameterName, 'Print the scenarios'' files, to start one of your own from')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only check the scenarios, and send nothing')
            [CompletionResult]::new('--skip-verify', '--skip-verify', [CompletionResultType]::ParameterName, 'Accept any certificate of an https endpoint on this machine')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an endpoint that is not on this machine')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Let --set add fields that the event does not have')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first event that is not accepted')
            [CompletionResult]::new('--no-history', '--no-history', [CompletionResultType]::ParameterName, 'Record nothing of this run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;trigger' {
            [CompletionResult]::new('--object', '--object', [CompletionResultType]::ParameterName, 'Object that the event carries, for types that devtool does not know')
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Take the event, or the object that it carries, from a JSON file (`-` for stdin)')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the endpoint on this machine [default: 5000]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Path of the endpoint [default: /webhook]')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Whole URL of the endpoint')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret of the endpoint')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for one answer, such as 500ms or 10s [default: 30s]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to each request; can be given several times')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Set a field of the payload, or amount, currency, customer or email of the story')
            [CompletionResult]::new('--unset', '--unset', [CompletionResultType]::ParameterName, 'Leave a field out of the payload, or an element out of a list; can be given several times')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'Send the events as those of a connected account')
            [CompletionResult]::new('--api-version', '--api-version', [CompletionResultType]::ParameterName, 'API version that the events name, and whose shape they have where devtool knows it')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Number that all ids are drawn from, to repeat a run')
            [CompletionResult]::new('--via', '--via', [CompletionResultType]::ParameterName, 'Who sends the events [default: local]')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Send an event that is not accepted again, up to NUMBER times')
            [CompletionResult]::new('--retry-schedule', '--retry-schedule', [CompletionResultType]::ParameterName, 'How long to wait before each retry, such as 0s,1s,5s')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--keep-id', '--keep-id', [CompletionResultType]::ParameterName, 'Keep the id and the time of the event that --from reads')
            [CompletionResult]::new('--print', '--print', [CompletionResultType]::ParameterName, 'Write the event''s JSON, exact to the byte, in place of sending it')
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Write a curl command that sends the event, signed now, in place of sending it')
            [CompletionResult]::new('--skip-verify', '--skip-verify', [CompletionResultType]::ParameterName, 'Accept any certificate of an https endpoint on this machine')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an endpoint that is not on this machine')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Let --set add fields that the event does not have')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first event that is not accepted')
            [CompletionResult]::new('--no-history', '--no-history', [CompletionResultType]::ParameterName, 'Record nothing of this run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;events' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Check the built-in catalogue: what is wrong, with file and line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;history' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last NUMBER of them')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only those of this type, or of a pattern such as ''invoice.*''')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only those whose last answer had this status, such as 404 or 5xx')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those that came within this time, such as 1h')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only those of one session')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Only those whose event or answer has this text in its body')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only those that were not accepted')
            [CompletionResult]::new('--undelivered', '--undelivered', [CompletionResultType]::ParameterName, 'Only those that never got an answer')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one delivery: the request, and the answer to each attempt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write deliveries with all that was kept of them to stdout')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove old deliveries, and give their space back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'devtool;history;show' {
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret for --curl [default: the endpoint''s, as `devtool secret` prints it]')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--curl', '--curl', [CompletionResultType]::ParameterName, 'Write a curl command that sends the event again, signed now')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;history;export' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to write')
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last NUMBER of them')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only those of this type, or of a pattern such as ''invoice.*''')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only those whose last answer had this status, such as 404 or 5xx')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those that came within this time, such as 1h')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only those of one session')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Only those whose event or answer has this text in its body')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only those that were not accepted')
            [CompletionResult]::new('--undelivered', '--undelivered', [CompletionResultType]::ParameterName, 'Only those that never got an answer')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;history;prune' {
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'How long deliveries are kept [default: `keep` in devtool.toml, else 30d]')
            [CompletionResult]::new('--max-size', '--max-size', [CompletionResultType]::ParameterName, 'How much they may take [default: `max_size` in devtool.toml, else 1GB]')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;history;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one delivery: the request, and the answer to each attempt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write deliveries with all that was kept of them to stdout')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove old deliveries, and give their space back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'devtool;history;help;show' {
            break
        }
        'devtool;history;help;export' {
            break
        }
        'devtool;history;help;prune' {
            break
        }
        'devtool;history;help;help' {
            break
        }
        'devtool;replay' {
            [CompletionResult]::new('--last', '--last', [CompletionResultType]::ParameterName, 'Only the last NUMBER of them')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only those of this type, or of a pattern such as ''invoice.*''')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only those whose last answer had this status, such as 404 or 5xx')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those that came within this time, such as 1h')
            [CompletionResult]::new('--session', '--session', [CompletionResultType]::ParameterName, 'Only those of one session')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'Only those whose event or answer has this text in its body')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Send an event that is not accepted again, up to NUMBER times')
            [CompletionResult]::new('--retry-schedule', '--retry-schedule', [CompletionResultType]::ParameterName, 'How long to wait before each retry, such as 0s,1s,5s')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the endpoint on this machine [default: 5000]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Path of the endpoint [default: /webhook]')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Whole URL of the endpoint')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret of the endpoint')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for one answer, such as 500ms or 10s [default: 30s]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to each request; can be given several times')
            [CompletionResult]::new('--history', '--history', [CompletionResultType]::ParameterName, 'File of the history [default: history.db in devtool''s state directory]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only those that were not accepted')
            [CompletionResult]::new('--undelivered', '--undelivered', [CompletionResultType]::ParameterName, 'Only those that never got an answer')
            [CompletionResult]::new('--keep-timestamp', '--keep-timestamp', [CompletionResultType]::ParameterName, 'Sign with the timestamp of the recorded signature, to see whether the endpoint minds its age')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Stop at the first event that is not accepted')
            [CompletionResult]::new('--skip-verify', '--skip-verify', [CompletionResultType]::ParameterName, 'Accept any certificate of an https endpoint on this machine')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an endpoint that is not on this machine')
            [CompletionResult]::new('--no-history', '--no-history', [CompletionResultType]::ParameterName, 'Record nothing of this run')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;demo' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the endpoint, 0 for a free one [default: 0; 5000 with --serve]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--serve', '--serve', [CompletionResultType]::ParameterName, 'Only keep the endpoint up, until Ctrl-C, and show what it receives')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;doctor' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port of the endpoint on this machine [default: 5000]')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Path of the endpoint [default: /webhook]')
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'Whole URL of the endpoint')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret of the endpoint')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for one answer, such as 500ms or 10s [default: 30s]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Add a header to each request; can be given several times')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'The Stripe CLI''s project, which holds a login of its own')
            [CompletionResult]::new('--api-base', '--api-base', [CompletionResultType]::ParameterName, 'Where Stripe''s API is, for tests and companies'' proxies')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--skip-verify', '--skip-verify', [CompletionResultType]::ParameterName, 'Accept any certificate of an https endpoint on this machine')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Allow an endpoint that is not on this machine')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Use no network')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;setup' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Where to install from: github, npm, or an archive that you have [default: github, then npm]')
            [CompletionResult]::new('--sha256', '--sha256', [CompletionResultType]::ParameterName, 'SHA-256 of the archive; without it, the list of checksums beside the archive is used')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Version to install [default: the latest]')
            [CompletionResult]::new('--dir', '--dir', [CompletionResultType]::ParameterName, 'Directory to install into [default: devtool''s own data directory]')
            [CompletionResult]::new('--mirror', '--mirror', [CompletionResultType]::ParameterName, 'URL that has releases/latest and releases/download as GitHub does')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long a server may say nothing, such as 10s [default: 30s]')
            [CompletionResult]::new('--write-env', '--write-env', [CompletionResultType]::ParameterName, 'File to write the signing secret to, keeping its other lines')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'The Stripe CLI''s project, which holds a login of its own')
            [CompletionResult]::new('--api-base', '--api-base', [CompletionResultType]::ParameterName, 'Where Stripe''s API is, for tests and companies'' proxies')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Install even if a Stripe CLI is there that will do')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Use no network')
            [CompletionResult]::new('--check', '--check', [CompletionResultType]::ParameterName, 'Only print the installed and the latest version')
            [CompletionResult]::new('--uninstall', '--uninstall', [CompletionResultType]::ParameterName, 'Remove what devtool has installed')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Ask nothing')
            [CompletionResult]::new('--skip-login', '--skip-login', [CompletionResultType]::ParameterName, 'Leave the login out')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;login' {
            [CompletionResult]::new('--api-key', '--api-key', [CompletionResultType]::ParameterName, 'API key to check and keep; --api-key-stdin is safer, since others can see a command line')
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'The Stripe CLI''s project, which holds a login of its own')
            [CompletionResult]::new('--api-base', '--api-base', [CompletionResultType]::ParameterName, 'Where Stripe''s API is, for tests and companies'' proxies')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('--interactive', '--interactive', [CompletionResultType]::ParameterName, 'Ask for an API key here, in place of the browser')
            [CompletionResult]::new('--api-key-stdin', '--api-key-stdin', [CompletionResultType]::ParameterName, 'Read the API key from stdin')
            [CompletionResult]::new('--non-interactive', '--non-interactive', [CompletionResultType]::ParameterName, 'Print the URL to open and the command to run next, as JSON, and end')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only say who the login in force speaks for')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;logout' {
            [CompletionResult]::new('--project-name', '--project-name', [CompletionResultType]::ParameterName, 'The Stripe CLI''s project, which holds a login of its own')
            [CompletionResult]::new('--api-base', '--api-base', [CompletionResultType]::ParameterName, 'Where Stripe''s API is, for tests and companies'' proxies')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;stripe' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;secret' {
            [CompletionResult]::new('--write', '--write', [CompletionResultType]::ParameterName, 'File to write the secret to, keeping its other lines')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret, in place of the one that would be found')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;sign' {
            [CompletionResult]::new('--timestamp', '--timestamp', [CompletionResultType]::ParameterName, 'Time of the signature, in seconds since 1970 [default: now]')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret, in place of the one that would be found')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;verify' {
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Value of the Stripe-Signature header')
            [CompletionResult]::new('--tolerance', '--tolerance', [CompletionResultType]::ParameterName, 'How old the signature may be, `0s` for any age')
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Signing secret, in place of the one that would be found')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What to print on stdout')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colours')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but what failed')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'devtool;help' {
            [CompletionResult]::new('scenario', 'scenario', [CompletionResultType]::ParameterValue, 'Send whole stories of events in order and report what the endpoint answered')
            [CompletionResult]::new('trigger', 'trigger', [CompletionResultType]::ParameterValue, 'Send one event and report what the endpoint answered')
            [CompletionResult]::new('events', 'events', [CompletionResultType]::ParameterValue, 'List the event types with their objects')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Show what was delivered, and what came of it')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Deliver recorded events again: the same bytes, freshly signed')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Send the payment scenario to a small endpoint of devtool''s own')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look at everything that a webhook test needs, and say what to mend')
            [CompletionResult]::new('setup', 'setup', [CompletionResultType]::ParameterValue, 'Get everything ready: the Stripe CLI, the login, the signing secret')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Log in to Stripe: in the browser, or with an API key')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Forget the API key that devtool keeps, and log the Stripe CLI out')
            [CompletionResult]::new('stripe', 'stripe', [CompletionResultType]::ParameterValue, 'Run the Stripe CLI itself, with your terminal and your arguments')
            [CompletionResult]::new('secret', 'secret', [CompletionResultType]::ParameterValue, 'Print the signing secret, or write it to a .env file')
            [CompletionResult]::new('sign', 'sign', [CompletionResultType]::ParameterValue, 'Print the Stripe-Signature header of a payload')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check a payload''s signature as Stripe''s libraries do, and name what is wrong')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page of devtool, or of one of its commands')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'devtool;help;scenario' {
            break
        }
        'devtool;help;trigger' {
            break
        }
        'devtool;help;events' {
            break
        }
        'devtool;help;history' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one delivery: the request, and the answer to each attempt')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write deliveries with all that was kept of them to stdout')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove old deliveries, and give their space back')
            break
        }
        'devtool;help;history;show' {
            break
        }
        'devtool;help;history;export' {
            break
        }
        'devtool;help;history;prune' {
            break
        }
        'devtool;help;replay' {
            break
        }
        'devtool;help;demo' {
            break
        }
        'devtool;help;doctor' {
            break
        }
        'devtool;help;setup' {
            break
        }
        'devtool;help;login' {
            break
        }
        'devtool;help;logout' {
            break
        }
        'devtool;help;stripe' {
            break
        }
        'devtool;help;secret' {
            break
        }
        'devtool;help;sign' {
            break
        }
        'devtool;help;verify' {
            break
        }
        'devtool;help;completions' {
            break
        }
        'devtool;help;man' {
            break
        }
        'devtool;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
