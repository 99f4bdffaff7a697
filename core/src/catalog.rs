//! What is known of the services that are probed, as dated data.

pub mod roots;
