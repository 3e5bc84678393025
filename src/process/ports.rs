//! Where a child and what it started listen.

use std::net::SocketAddr;

/// The TCP addresses that a process and all that it has started listen on; `None` where the system does not
/// say, which is everywhere but on Linux.
#[cfg(target_os = "linux")]
pub(crate) fn listening(root: u32) -> Option<Vec<SocketAddr>> {
    linux::listening(root)
}

/// Other systems tell it by programs or interfaces of their own only.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn listening(_root: u32) -> Option<Vec<SocketAddr>> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeSet;
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

    /// The state of a socket that listens, as `/proc/net/tcp` writes it.
    const LISTENS: &str = "0A";

    /// A process, as `/proc/PID/stat` has it.
    struct Process {
        pid: u32,
        parent: u32,
        group: u32,
    }

    pub(super) fn listening(root: u32) -> Option<Vec<SocketAddr>> {
        let sockets: BTreeSet<u64> =
            family(root, &processes()?).into_iter().flat_map(sockets).collect();
        let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(fs::read_to_string);
        let addresses: BTreeSet<SocketAddr> = tables
            .iter()
            .flatten()
            .flat_map(|table| table.lines().filter_map(listener))
            .filter_map(|(address, socket)| sockets.contains(&socket).then_some(address))
            .collect();
        Some(addresses.into_iter().collect())
    }

    fn processes() -> Option<Vec<Process>> {
        let entries = fs::read_dir("/proc").ok()?.flatten();
        Some(entries.filter_map(|entry| process(entry.file_name().to_str()?)).collect())
    }

    fn process(pid: &str) -> Option<Process> {
        let pid = pid.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it may hold anything: `PID (NAME) STATE PARENT GROUP …`
        let mut rest = stat.rsplit_once(") ")?.1.split(' ').skip(1);
        let mut number = || rest.next()?.parse().ok();
        Some(Process { pid, parent: number()?, group: number()? })
    }

    /// The process with all that it has started: by descent, and by group where a parent in between is gone.
    fn family(root: u32, all: &[Process]) -> BTreeSet<u32> {
        let mut family = BTreeSet::from([root]);
        let mut groups = BTreeSet::new();
        loop {
            let before = family.len();
            for process in all {
                if family.contains(&process.parent) || groups.contains(&process.group) {
                    family.insert(process.pid);
                    groups.insert(process.group);
                }
            }
            if family.len() == before {
                return family;
            }
        }
    }

    /// The numbers of a process's sockets.
    fn sockets(pid: u32) -> Vec<u64> {
        let files = fs::read_dir(format!("/proc/{pid}/fd"));
        let socket = |file: fs::DirEntry| {
            let target = fs::read_link(file.path()).ok()?;
            let number = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            number.parse().ok()
        };
        files.into_iter().flatten().flatten().filter_map(socket).collect()
    }

    /// A line of `/proc/net/tcp`, where it is of a socket that listens: `SL LOCAL REMOTE STATE …`, the
    /// socket's number in the tenth column.
    fn listener(line: &str) -> Option<(SocketAddr, u64)> {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (local, state) = (columns.get(1)?, columns.get(3)?);
        let socket = columns.get(9)?.parse().ok()?;
        (*state == LISTENS).then_some((address(local)?, socket))
    }

    /// `0100007F:1388`: the address in words of this machine's byte order, the port in hexadecimal.
    fn address(text: &str) -> Option<SocketAddr> {
        let (address, port) = text.split_once(':')?;
        let word = |at: usize| {
            let digits = address.get(at * 8..at * 8 + 8)?;
            u32::from_str_radix(digits, 16).ok().map(u32::to_ne_bytes)
        };
        let ip = if address.len() == 8 {
            IpAddr::V4(Ipv4Addr::from(word(0)?))
        } else {
            let octets = [word(0)?, word(1)?, word(2)?, word(3)?].concat();
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(octets).ok()?))
        };
        Some(SocketAddr::new(ip.to_canonical(), u16::from_str_radix(port, 16).ok()?))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_this_process_listens_on_is_found() {
            for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0"] {
                let Ok(listener) = std::net::TcpListener::bind(address) else { continue };
                let address = listener.local_addr().unwrap();
                let found = listening(std::process::id()).unwrap();
                assert!(found.contains(&address), "{address}: {found:?}");
                drop(listener);
                assert!(!listening(std::process::id()).unwrap().contains(&address));
            }
        }

        #[test]
        fn a_family_is_found_by_descent_and_by_group() {
            let process = |(pid, parent, group)| Process { pid, parent, group };
            let all = [(9, 1, 5), (7, 6, 7), (6, 5, 5), (5, 4, 5), (4, 2, 4), (3, 2, 2), (2, 1, 2)];
            let all = all.map(process);
            assert_eq!(Vec::from_iter(family(4, &all)), [4, 5, 6, 7, 9]);
        }
    }
}
