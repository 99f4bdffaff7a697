//! In which roots the chains of a service end.

use super::words;

words! {
    /// In which roots the chains of a service end.
    PinClass {
        /// In the public ones.
        Public => "public";
        /// In the public ones, or in Microsoft's own.
        Microsoft => "microsoft";
    }
}
