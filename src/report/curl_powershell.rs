//! A delivery as a command for PowerShell, of any version: they pass a text with quotes to a program in different ways,
//! and the console may change a letter or a line's end, so that what is exact goes by a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::shell;

/// The command for `curl.exe`: in PowerShell 5, `curl` is another program.
pub(super) fn command(url: &str, options: &[&str], headers: &[String], body: &[u8]) -> String {
    let mut lines = vec![file("body", body)];
    let mut parts = vec![format!("curl.exe {}", shell::quote_for_powershell(url))];
    parts.extend(options.iter().map(|option| (*option).to_owned()));
    if headers.iter().all(|header| is_passed_on(header)) {
        let header = |line: &String| format!("--header {}", shell::quote_for_powershell(line));
        parts.extend(headers.iter().map(header));
    } else {
        lines.push(file("headers", headers.join("\n").as_bytes()));
        parts.push("--header \"@$headers\"".to_owned());
    }
    parts.push("--data-binary \"@$body\"".to_owned());
    lines.push(parts.join(" `\n  "));
    lines.join("\n") + "\n"
}

/// Two lines that write a file, the path of which a variable has.
fn file(name: &str, bytes: &[u8]) -> String {
    let bytes = STANDARD.encode(bytes);
    format!(
        "${name} = [IO.Path]::GetTempFileName()\n[IO.File]::WriteAllBytes(${name}, [Convert]::FromBase64String('{bytes}'))"
    )
}

/// Whether every version gives that to a program as it is.
fn is_passed_on(text: &str) -> bool {
    text.chars().all(|c| (c.is_ascii_graphic() || c == ' ') && c != '"' && c != '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_goes_by_a_file_and_plain_headers_stand_in_the_command() {
        let headers = ["X-Tenant: it's blue".to_owned(), "X-None;".to_owned()];
        assert_eq!(
            command(
                "http://127.0.0.1:5000/w?a=1&b=2",
                &["--insecure"],
                &headers,
                b"{\"id\": \"\xc3\xa9\"}\n"
            ),
            "$body = [IO.Path]::GetTempFileName()\n\
             [IO.File]::WriteAllBytes($body, [Convert]::FromBase64String('eyJpZCI6ICLDqSJ9Cg=='))\n\
             curl.exe 'http://127.0.0.1:5000/w?a=1&b=2' `\n  --insecure `\n  --header 'X-Tenant: it''s blue' `\n  \
             --header 'X-None;' `\n  --data-binary \"@$body\"\n"
        );
    }

    #[test]
    fn headers_that_a_version_would_change_go_by_a_file_too() {
        for value in ["\"a\"", r"C:\", "é"] {
            let header = format!("X-Own: {value}");
            let command = command("http://127.0.0.1/w", &[], &["A: b".to_owned(), header], b"");
            assert!(command.contains("--header \"@$headers\""), "{command}");
            let file = format!("A: b\nX-Own: {value}");
            assert!(command.contains(&STANDARD.encode(file)), "{command}");
            assert!(!command.contains(value), "{command}");
        }
    }
}
