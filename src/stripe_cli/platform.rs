//! What Stripe publishes for which system. The names are those of its release configuration.

use semver::Version;

use crate::error::{Error, Kind, Result};

/// An operating system that the Stripe CLI exists for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum System {
    Linux,
    MacOs,
    Windows,
}

/// A processor that the Stripe CLI exists for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Processor {
    X64,
    X86,
    Arm64,
}

/// The machine that the Stripe CLI is to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    system: System,
    processor: Processor,
}

impl Platform {
    /// This machine.
    ///
    /// # Errors
    /// Stripe publishes nothing for it.
    pub fn current() -> Result<Self> {
        Self::of(std::env::consts::OS, std::env::consts::ARCH)
    }

    /// The machine of these names (those of [`std::env::consts`]).
    ///
    /// # Errors
    /// Stripe publishes nothing for it.
    pub fn of(system: &str, processor: &str) -> Result<Self> {
        let platform = match (system, processor) {
            ("linux", "x86_64") => (System::Linux, Processor::X64),
            ("linux", "aarch64") => (System::Linux, Processor::Arm64),
            ("macos", "x86_64") => (System::MacOs, Processor::X64),
            ("macos", "aarch64") => (System::MacOs, Processor::Arm64),
            // There is none for arm64, but Windows runs that for x86_64 there.
            ("windows", "x86_64" | "aarch64") => (System::Windows, Processor::X64),
            ("windows", "x86") => (System::Windows, Processor::X86),
            _ => {
                let message = format!("there is no Stripe CLI for {system} on {processor}");
                let error = Error::new(Kind::StripeCli, message);
                return Err(error.hinted("local events do not need the Stripe CLI"));
            }
        };
        Ok(Self { system: platform.0, processor: platform.1 })
    }

    /// The name of the release's archive.
    pub fn asset(self, version: &Version) -> String {
        let system = match self.system {
            System::Linux => "linux",
            System::MacOs => "mac-os",
            System::Windows => "windows",
        };
        let processor = match self.processor {
            Processor::X64 => "x86_64",
            Processor::X86 => "i386",
            Processor::Arm64 => "arm64",
        };
        let ending = if self.system == System::Windows { "zip" } else { "tar.gz" };
        format!("stripe_{version}_{system}_{processor}.{ending}")
    }

    /// The name of the release's file of checksums.
    pub const fn checksums(self) -> &'static str {
        match self.system {
            System::Linux => "stripe-linux-checksums.txt",
            System::MacOs => "stripe-mac-checksums.txt",
            System::Windows => "stripe-windows-checksums.txt",
        }
    }

    /// The npm package that holds the program; `None` where there is none.
    pub const fn npm_package(self) -> Option<&'static str> {
        match (self.system, self.processor) {
            (System::Linux, Processor::X64) => Some("@stripe/cli-linux-x64"),
            (System::Linux, Processor::Arm64) => Some("@stripe/cli-linux-arm64"),
            (System::MacOs, Processor::X64) => Some("@stripe/cli-darwin-x64"),
            (System::MacOs, Processor::Arm64) => Some("@stripe/cli-darwin-arm64"),
            (System::Windows, Processor::X64) => Some("@stripe/cli-win32-x64"),
            (_, Processor::X86) | (System::Windows, Processor::Arm64) => None,
        }
    }

    /// The name of the program's file.
    pub const fn program(self) -> &'static str {
        match self.system {
            System::Windows => "stripe.exe",
            System::Linux | System::MacOs => "stripe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_has_its_files() {
        let version = Version::new(1, 52, 0);
        for (system, processor, asset, package) in [
            ("linux", "x86_64", "stripe_1.52.0_linux_x86_64.tar.gz", "linux-x64"),
            ("linux", "aarch64", "stripe_1.52.0_linux_arm64.tar.gz", "linux-arm64"),
            ("macos", "x86_64", "stripe_1.52.0_mac-os_x86_64.tar.gz", "darwin-x64"),
            ("macos", "aarch64", "stripe_1.52.0_mac-os_arm64.tar.gz", "darwin-arm64"),
            ("windows", "x86_64", "stripe_1.52.0_windows_x86_64.zip", "win32-x64"),
            ("windows", "aarch64", "stripe_1.52.0_windows_x86_64.zip", "win32-x64"),
            ("windows", "x86", "stripe_1.52.0_windows_i386.zip", ""),
        ] {
            let platform = Platform::of(system, processor).unwrap();
            assert_eq!(platform.asset(&version), asset);
            let expected = (!package.is_empty()).then(|| format!("@stripe/cli-{package}"));
            assert_eq!(platform.npm_package().map(ToOwned::to_owned), expected);
            assert_eq!(platform.program() == "stripe.exe", system == "windows");
        }
        for (system, processor) in [("linux", "riscv64"), ("freebsd", "x86_64"), ("linux", "x86")] {
            assert!(Platform::of(system, processor).is_err());
        }
    }
}
