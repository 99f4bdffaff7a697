//! What endpoints are for.

use super::words;

words! {
    /// What an endpoint is for.
    Service {
        /// Packages of the agent.
        AgentUpdates => "agent-updates";
        /// A name of the analyzer's list that no page explains.
        Asm => "asm";
        /// Logging in to Microsoft Entra.
        Auth => "auth";
        /// Storage of automated investigation.
        Autoir => "autoir";
        /// Command and control of the sensor.
        Cnc => "cnc";
        /// Configuration of the Defender core service.
        CoreConfig => "core-config";
        /// Telemetry of the Defender core service.
        CoreTelemetry => "core-telemetry";
        /// Revocation lists.
        Crl => "crl";
        /// Trust lists.
        Ctl => "ctl";
        /// What the sensor reports.
        Cyberdata => "cyberdata";
        /// The part of it that all regions share.
        CyberdataCommon => "cyberdata-common";
        /// What the sensor of older Windows reports.
        CyberdataLegacy => "cyberdata-legacy";
        /// Security intelligence.
        Definitions => "definitions";
        /// The alternate place to download it from.
        DefinitionsAdl => "definitions-adl";
        /// The network that delivers it to macOS and Linux.
        DefinitionsCdn => "definitions-cdn";
        /// Cloud-delivered protection.
        Maps => "maps";
        /// The same for macOS and Linux.
        MapsXplat => "maps-xplat";
        /// The Microsoft Monitoring Agent.
        Mma => "mma";
        /// The scanner of vulnerability management.
        NetworkScanner => "network-scanner";
        /// Of a list that does not say, or not in these words.
        Other => "other";
        /// The portal.
        Portal => "portal";
        /// Storage of samples.
        SampleStorage => "sample-storage";
        /// Management of security settings.
        SecurityManagement => "security-management";
        /// Network protection and indicators.
        Smartscreen => "smartscreen";
        /// The one name of streamlined onboarding.
        Streamlined => "streamlined";
        /// Its command and control.
        StreamlinedCnc => "streamlined-cnc";
        /// What its sensor reports.
        StreamlinedCyberdata => "streamlined-cyberdata";
        /// Its cloud-delivered protection.
        StreamlinedMaps => "streamlined-maps";
        /// Windows Update.
        Updates => "updates";
        /// Settings of the telemetry client of older Windows.
        Utc => "utc";
        /// Push notifications, for live response.
        Wns => "wns";
    }
}

impl Service {
    /// Whether it serves revocation or trust lists, over plain http.
    pub const fn is_revocation(self) -> bool {
        matches!(self, Self::Crl | Self::Ctl)
    }
}
