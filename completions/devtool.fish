# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_devtool_global_optspecs
    string join \n color= q/quiet h/help V/version
end

function __fish_devtool_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_devtool_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_devtool_using_subcommand
    set -l cmd (__fish_devtool_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c devtool -n "__fish_devtool_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_needs_command" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_needs_command" -s V -l version -d 'Print version'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "scenario" -d 'Send whole stories of events in order and report what the endpoint answered'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "trigger" -d 'Send one event and report what the endpoint answered'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "events" -d 'List the event types with their objects'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "history" -d 'Show what was delivered, and what came of it'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "replay" -d 'Deliver recorded events again: the same bytes, freshly signed'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "demo" -d 'Send the payment scenario to a small endpoint of devtool\'s own'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "doctor" -d 'Look at everything that a webhook test needs, and say what to mend'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "setup" -d 'Get everything ready: the Stripe CLI, the login, the signing secret'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "login" -d 'Log in to Stripe: in the browser, or with an API key'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "logout" -d 'Forget the API key that devtool keeps, and log the Stripe CLI out'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "stripe" -d 'Run the Stripe CLI itself, with your terminal and your arguments'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "secret" -d 'Print the signing secret, or write it to a .env file'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "sign" -d 'Print the Stripe-Signature header of a payload'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "verify" -d 'Check a payload\'s signature as Stripe\'s libraries do, and name what is wrong'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "man" -d 'Print the manual page of devtool, or of one of its commands'
complete -c devtool -n "__fish_devtool_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l order -d 'Order of the events: story, created, reverse, shuffle, or the steps\' numbers [default: story]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l orders -d 'Tell the story again in NUMBER other orders, as Stripe promises none' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l duplicate -d 'Share of the events that come twice, such as 0.5 or 100%' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l concurrency -d 'How many events may be on their way at once [default: 1]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l repeat -d 'How many times to send the scenarios [default: 1]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l port -d 'Port of the endpoint on this machine [default: 5000]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l path -d 'Path of the endpoint [default: /webhook]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l url -d 'Whole URL of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l secret -d 'Signing secret of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l timeout -d 'How long to wait for one answer, such as 500ms or 10s [default: 30s]' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l header -d 'Add a header to each request; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l set -d 'Set a field of the payload, or amount, currency, customer or email of the story' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l unset -d 'Leave a field out of the payload, or an element out of a list; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l account -d 'Send the events as those of a connected account' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l api-version -d 'API version that the events name, and whose shape they have where devtool knows it' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l seed -d 'Number that all ids are drawn from, to repeat a run' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l via -d 'Who sends the events [default: local]' -r -f -a "local\t'devtool itself, without account and network'
stripe\t'Stripe\'s test mode, through the Stripe CLI (not there yet)'"
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l retry -d 'Send an event that is not accepted again, up to NUMBER times' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l retry-schedule -d 'How long to wait before each retry, such as 0s,1s,5s' -r
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l show -d 'Print the scenarios\' files, to start one of your own from'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l check -d 'Only check the scenarios, and send nothing'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l skip-verify -d 'Accept any certificate of an https endpoint on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l allow-remote -d 'Allow an endpoint that is not on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l force -d 'Let --set add fields that the event does not have'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l fail-fast -d 'Stop at the first event that is not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -l no-history -d 'Record nothing of this run'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand scenario" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l object -d 'Object that the event carries, for types that devtool does not know' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l from -d 'Take the event, or the object that it carries, from a JSON file (`-` for stdin)' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l port -d 'Port of the endpoint on this machine [default: 5000]' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l path -d 'Path of the endpoint [default: /webhook]' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l url -d 'Whole URL of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l secret -d 'Signing secret of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l timeout -d 'How long to wait for one answer, such as 500ms or 10s [default: 30s]' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l header -d 'Add a header to each request; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l set -d 'Set a field of the payload, or amount, currency, customer or email of the story' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l unset -d 'Leave a field out of the payload, or an element out of a list; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l account -d 'Send the events as those of a connected account' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l api-version -d 'API version that the events name, and whose shape they have where devtool knows it' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l seed -d 'Number that all ids are drawn from, to repeat a run' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l via -d 'Who sends the events [default: local]' -r -f -a "local\t'devtool itself, without account and network'
stripe\t'Stripe\'s test mode, through the Stripe CLI (not there yet)'"
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l retry -d 'Send an event that is not accepted again, up to NUMBER times' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l retry-schedule -d 'How long to wait before each retry, such as 0s,1s,5s' -r
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l keep-id -d 'Keep the id and the time of the event that --from reads'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l print -d 'Write the event\'s JSON, exact to the byte, in place of sending it'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l curl -d 'Write a curl command that sends the event, signed now, in place of sending it'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l skip-verify -d 'Accept any certificate of an https endpoint on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l allow-remote -d 'Allow an endpoint that is not on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l force -d 'Let --set add fields that the event does not have'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l fail-fast -d 'Stop at the first event that is not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -l no-history -d 'Record nothing of this run'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand trigger" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand events" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand events" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand events" -l check -d 'Check the built-in catalogue: what is wrong, with file and line'
complete -c devtool -n "__fish_devtool_using_subcommand events" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand events" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l last -d 'Only the last NUMBER of them' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l type -d 'Only those of this type, or of a pattern such as \'invoice.*\'' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l status -d 'Only those whose last answer had this status, such as 404 or 5xx' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l since -d 'Only those that came within this time, such as 1h' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l session -d 'Only those of one session' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l grep -d 'Only those whose event or answer has this text in its body' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l failed -d 'Only those that were not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -l undelivered -d 'Only those that never got an answer'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -f -a "show" -d 'Show one delivery: the request, and the answer to each attempt'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -f -a "export" -d 'Write deliveries with all that was kept of them to stdout'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -f -a "prune" -d 'Remove old deliveries, and give their space back'
complete -c devtool -n "__fish_devtool_using_subcommand history; and not __fish_seen_subcommand_from show export prune help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -l secret -d 'Signing secret for --curl [default: the endpoint\'s, as `devtool secret` prints it]' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -l curl -d 'Write a curl command that sends the event again, signed now'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l format -d 'What to write' -r -f -a "jsonl\t'One JSON object a line'
har\t'An HTTP archive, as browsers and proxies read it: one entry for each attempt'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l last -d 'Only the last NUMBER of them' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l type -d 'Only those of this type, or of a pattern such as \'invoice.*\'' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l status -d 'Only those whose last answer had this status, such as 404 or 5xx' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l since -d 'Only those that came within this time, such as 1h' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l session -d 'Only those of one session' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l grep -d 'Only those whose event or answer has this text in its body' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l failed -d 'Only those that were not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -l undelivered -d 'Only those that never got an answer'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -l keep -d 'How long deliveries are kept [default: `keep` in devtool.toml, else 30d]' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -l max-size -d 'How much they may take [default: `max_size` in devtool.toml, else 1GB]' -r
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one delivery: the request, and the answer to each attempt'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write deliveries with all that was kept of them to stdout'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "prune" -d 'Remove old deliveries, and give their space back'
complete -c devtool -n "__fish_devtool_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l last -d 'Only the last NUMBER of them' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l type -d 'Only those of this type, or of a pattern such as \'invoice.*\'' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l status -d 'Only those whose last answer had this status, such as 404 or 5xx' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l since -d 'Only those that came within this time, such as 1h' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l session -d 'Only those of one session' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l grep -d 'Only those whose event or answer has this text in its body' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l retry -d 'Send an event that is not accepted again, up to NUMBER times' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l retry-schedule -d 'How long to wait before each retry, such as 0s,1s,5s' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l port -d 'Port of the endpoint on this machine [default: 5000]' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l path -d 'Path of the endpoint [default: /webhook]' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l url -d 'Whole URL of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l secret -d 'Signing secret of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l timeout -d 'How long to wait for one answer, such as 500ms or 10s [default: 30s]' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l header -d 'Add a header to each request; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l history -d 'File of the history [default: history.db in devtool\'s state directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l failed -d 'Only those that were not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l undelivered -d 'Only those that never got an answer'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l keep-timestamp -d 'Sign with the timestamp of the recorded signature, to see whether the endpoint minds its age'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l fail-fast -d 'Stop at the first event that is not accepted'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l skip-verify -d 'Accept any certificate of an https endpoint on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l allow-remote -d 'Allow an endpoint that is not on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -l no-history -d 'Record nothing of this run'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand demo" -l port -d 'Port of the endpoint, 0 for a free one [default: 0; 5000 with --serve]' -r
complete -c devtool -n "__fish_devtool_using_subcommand demo" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand demo" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand demo" -l serve -d 'Only keep the endpoint up, until Ctrl-C, and show what it receives'
complete -c devtool -n "__fish_devtool_using_subcommand demo" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l port -d 'Port of the endpoint on this machine [default: 5000]' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l path -d 'Path of the endpoint [default: /webhook]' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l url -d 'Whole URL of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l secret -d 'Signing secret of the endpoint' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l timeout -d 'How long to wait for one answer, such as 500ms or 10s [default: 30s]' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l header -d 'Add a header to each request; can be given several times' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l project-name -d 'The Stripe CLI\'s project, which holds a login of its own' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l api-base -d 'Where Stripe\'s API is, for tests and companies\' proxies' -r
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l skip-verify -d 'Accept any certificate of an https endpoint on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l allow-remote -d 'Allow an endpoint that is not on this machine'
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -l offline -d 'Use no network'
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l from -d 'Where to install from: github, npm, or an archive that you have [default: github, then npm]' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l sha256 -d 'SHA-256 of the archive; without it, the list of checksums beside the archive is used' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l version -d 'Version to install [default: the latest]' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l dir -d 'Directory to install into [default: devtool\'s own data directory]' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l mirror -d 'URL that has releases/latest and releases/download as GitHub does' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l timeout -d 'How long a server may say nothing, such as 10s [default: 30s]' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l write-env -d 'File to write the signing secret to, keeping its other lines' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l project-name -d 'The Stripe CLI\'s project, which holds a login of its own' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l api-base -d 'Where Stripe\'s API is, for tests and companies\' proxies' -r
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l force -d 'Install even if a Stripe CLI is there that will do'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l offline -d 'Use no network'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l check -d 'Only print the installed and the latest version'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l uninstall -d 'Remove what devtool has installed'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l yes -d 'Ask nothing'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -l skip-login -d 'Leave the login out'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand setup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand login" -l api-key -d 'API key to check and keep; --api-key-stdin is safer, since others can see a command line' -r
complete -c devtool -n "__fish_devtool_using_subcommand login" -l project-name -d 'The Stripe CLI\'s project, which holds a login of its own' -r
complete -c devtool -n "__fish_devtool_using_subcommand login" -l api-base -d 'Where Stripe\'s API is, for tests and companies\' proxies' -r
complete -c devtool -n "__fish_devtool_using_subcommand login" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand login" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand login" -l interactive -d 'Ask for an API key here, in place of the browser'
complete -c devtool -n "__fish_devtool_using_subcommand login" -l api-key-stdin -d 'Read the API key from stdin'
complete -c devtool -n "__fish_devtool_using_subcommand login" -l non-interactive -d 'Print the URL to open and the command to run next, as JSON, and end'
complete -c devtool -n "__fish_devtool_using_subcommand login" -l status -d 'Only say who the login in force speaks for'
complete -c devtool -n "__fish_devtool_using_subcommand login" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand logout" -l project-name -d 'The Stripe CLI\'s project, which holds a login of its own' -r
complete -c devtool -n "__fish_devtool_using_subcommand logout" -l api-base -d 'Where Stripe\'s API is, for tests and companies\' proxies' -r
complete -c devtool -n "__fish_devtool_using_subcommand logout" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand logout" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand logout" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand stripe" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand stripe" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand stripe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand secret" -l write -d 'File to write the secret to, keeping its other lines' -r -F
complete -c devtool -n "__fish_devtool_using_subcommand secret" -l secret -d 'Signing secret, in place of the one that would be found' -r
complete -c devtool -n "__fish_devtool_using_subcommand secret" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand secret" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand secret" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand secret" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand sign" -l timestamp -d 'Time of the signature, in seconds since 1970 [default: now]' -r
complete -c devtool -n "__fish_devtool_using_subcommand sign" -l secret -d 'Signing secret, in place of the one that would be found' -r
complete -c devtool -n "__fish_devtool_using_subcommand sign" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand sign" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand sign" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand verify" -l header -d 'Value of the Stripe-Signature header' -r
complete -c devtool -n "__fish_devtool_using_subcommand verify" -l tolerance -d 'How old the signature may be, `0s` for any age' -r
complete -c devtool -n "__fish_devtool_using_subcommand verify" -l secret -d 'Signing secret, in place of the one that would be found' -r
complete -c devtool -n "__fish_devtool_using_subcommand verify" -l format -d 'What to print on stdout' -r -f -a "text\t'For people'
compact\t'A line for each event or name, and nothing else'
json\t'One JSON document'"
complete -c devtool -n "__fish_devtool_using_subcommand verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand verify" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand completions" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand man" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c devtool -n "__fish_devtool_using_subcommand man" -s q -l quiet -d 'Say nothing but what failed'
complete -c devtool -n "__fish_devtool_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "scenario" -d 'Send whole stories of events in order and report what the endpoint answered'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "trigger" -d 'Send one event and report what the endpoint answered'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "events" -d 'List the event types with their objects'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "history" -d 'Show what was delivered, and what came of it'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "replay" -d 'Deliver recorded events again: the same bytes, freshly signed'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "demo" -d 'Send the payment scenario to a small endpoint of devtool\'s own'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "doctor" -d 'Look at everything that a webhook test needs, and say what to mend'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "setup" -d 'Get everything ready: the Stripe CLI, the login, the signing secret'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "login" -d 'Log in to Stripe: in the browser, or with an API key'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "logout" -d 'Forget the API key that devtool keeps, and log the Stripe CLI out'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "stripe" -d 'Run the Stripe CLI itself, with your terminal and your arguments'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "secret" -d 'Print the signing secret, or write it to a .env file'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "sign" -d 'Print the Stripe-Signature header of a payload'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "verify" -d 'Check a payload\'s signature as Stripe\'s libraries do, and name what is wrong'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "man" -d 'Print the manual page of devtool, or of one of its commands'
complete -c devtool -n "__fish_devtool_using_subcommand help; and not __fish_seen_subcommand_from scenario trigger events history replay demo doctor setup login logout stripe secret sign verify completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c devtool -n "__fish_devtool_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "show" -d 'Show one delivery: the request, and the answer to each attempt'
complete -c devtool -n "__fish_devtool_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "export" -d 'Write deliveries with all that was kept of them to stdout'
complete -c devtool -n "__fish_devtool_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "prune" -d 'Remove old deliveries, and give their space back'
