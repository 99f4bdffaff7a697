//! In which kinds of text each client looks for its proxy.

use super::Client;
use super::found::unit;
use crate::catalog::System;
use crate::settings::Format;

impl Client {
    /// Whether a client looks for its proxy in texts of this kind, which may be for one service alone.
    pub fn reads(self, format: Format, service: Option<&str>) -> bool {
        use Format as F;
        let is_of_mac = format.system() == Some(System::Macos);
        let is_of_windows = matches!(format, F::Registry | F::Netsh | F::AdvProxy);
        let is_of_session = service.is_none() && matches!(format, F::Environment | F::Shell | F::Process);
        let is_of_service = |name: &str| {
            matches!(format, F::SystemdUnit | F::Environment | F::Process)
                && service.is_some_and(|service| unit(service) == name)
        };
        let is_of_mdatp = matches!(format, F::MdatpManaged | F::MdatpCommands | F::MdatpHealth);
        match self {
            Self::EdrSensor | Self::Winhttp => is_of_windows,
            Self::Antivirus | Self::AntivirusUpdate => is_of_windows || format == F::MpPreference,
            Self::Wininet => format == F::Registry,
            Self::MdatpLinux => is_of_mdatp || is_of_service("mdatp"),
            Self::MdatpMac => is_of_mdatp || is_of_mac,
            Self::Curl | Self::Wget | Self::Go => is_of_session || format == F::Registry,
            Self::Python => is_of_session || is_of_mac || format == F::Registry,
            Self::Chromium | Self::Libproxy => {
                is_of_session || is_of_mac || matches!(format, F::Gnome | F::Kde | F::Registry)
            }
            Self::Firefox => is_of_session || is_of_mac || matches!(format, F::Gnome | F::Registry),
            Self::Apt => is_of_session || format == F::Apt,
            Self::Arc => {
                is_of_session || is_of_service("azcmagent") || matches!(format, F::Azcmagent | F::Registry)
            }
            Self::Mma => is_of_service("omsagent") || format == F::Mma,
            Self::Service => {
                matches!(format, F::SystemdUnit | F::Environment | F::Process)
                    && service.is_some_and(|name| !matches!(unit(name), "mdatp" | "apt"))
            }
        }
    }
}
