//! Access lists of Windows, in the text form of security descriptors (SDDL, [MS-DTYP] section 2.5.1).

use super::{Access, Owner};

/// Local System, the Administrators, and the rights of an owner, whoever that is.
const TRUSTED: [&str; 3] = ["SY", "BA", "S-1-3-4"];
/// Windows' installer, which owns the system's folders.
const INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
/// Who is meant by "Everyone". FAT and exFAT have no owners, and report this one.
const EVERYONE: &str = "WD";

/// Rights that let somebody change a file, or replace files in a folder: write or add, append or
/// add a folder, delete inside, delete, change the list, take the ownership; generic write and all.
const WRITE: u32 = 0x2 | 0x4 | 0x40 | 0x1_0000 | 0x4_0000 | 0x8_0000 | 0x4000_0000 | 0x1000_0000;
/// Rights that let somebody read: data, and generic read and all.
const READ: u32 = 0x1 | 0x8000_0000 | 0x1000_0000;

/// The two-letter rights that can stand in an entry for a file ([MS-DTYP] section 2.5.1.1).
const RIGHTS: [(&str, u32); 24] = [
    ("GA", 0x1000_0000),
    ("GR", 0x8000_0000),
    ("GW", 0x4000_0000),
    ("GX", 0x2000_0000),
    ("RC", 0x2_0000),
    ("SD", 0x1_0000),
    ("WD", 0x4_0000),
    ("WO", 0x8_0000),
    ("CC", 0x1),
    ("DC", 0x2),
    ("LC", 0x4),
    ("SW", 0x8),
    ("RP", 0x10),
    ("WP", 0x20),
    ("DT", 0x40),
    ("LO", 0x80),
    ("CR", 0x100),
    ("FA", 0x1f_01ff),
    ("FR", 0x12_0089),
    ("FW", 0x12_0116),
    ("FX", 0x12_00a0),
    ("KA", 0xf_003f),
    ("KR", 0x2_0019),
    ("KW", 0x2_0006),
];

/// The access list of a private file or folder: for one user, given as a SID, and for the system and its
/// administrators, as in the user's profile. It inherits nothing.
pub(super) fn private(user: &str, is_folder: bool) -> String {
    let flags = if is_folder { "OICI" } else { "" };
    let entries = [user, "SY", "BA"].map(|who| format!("(A;{flags};FA;;;{who})"));
    format!("D:P{}", entries.concat())
}

/// Reads who else than `user` can use a file or folder from its owner and access list. `user` is
/// spelled as in an owner. `None` if the text is not understood.
pub(super) fn access(text: &str, user: &str) -> Option<Access> {
    let (owner, list) = parts(text)?;
    let is_own = owner == user || TRUSTED.contains(&owner);
    let mut access = Access {
        foreign_owner: (!is_own).then(|| Owner {
            name: owner.to_owned(),
            is_administrator: owner == INSTALLER,
        }),
        others_write: false,
        others_read: false,
        others_any: false,
    };
    let Some(list) = list else {
        // Nothing is protected. A file system without owners (FAT) has no lists at all.
        let has_owners = owner != EVERYONE;
        if !has_owners {
            access.foreign_owner = None;
        }
        (access.others_write, access.others_read) = (has_owners, has_owners);
        access.others_any = has_owners;
        return Some(access);
    };
    for entry in list {
        let [kind, flags, rights, _, _, who] = fields(entry)?;
        let is_allowing = matches!(kind, "A" | "XA" | "OA" | "ZA");
        // Entries that are only inherited do not apply to the folder itself.
        let is_of_children = pairs(flags).any(|flag| flag == "IO");
        let is_trusted = who == user || TRUSTED.contains(&who) || who == INSTALLER;
        if !is_allowing || is_of_children || is_trusted {
            continue;
        }
        let rights = mask(rights);
        access.others_write |= rights & WRITE != 0;
        access.others_read |= rights & READ != 0;
        access.others_any |= rights != 0;
    }
    Some(access)
}

/// The owner, and the entries of the access list; no list means that everybody may do everything.
fn parts(text: &str) -> Option<(&str, Option<Vec<&str>>)> {
    let rest = text.strip_prefix("O:")?;
    let Some(start) = rest.find("D:") else {
        return Some((rest, None));
    };
    let (owner, list) = (&rest[..start], &rest[start + 2..]);
    let Some(open) = list.find('(') else {
        let is_absent = list.contains("NO_ACCESS_CONTROL");
        return Some((owner, (!is_absent).then(Vec::new)));
    };
    // A conditional entry holds parentheses of its own, after its six fields.
    let mut entries = Vec::new();
    let mut depth = 0_u32;
    let mut begin = 0;
    for (at, character) in list.char_indices().skip(open) {
        match character {
            '(' => {
                depth += 1;
                if depth == 1 {
                    begin = at + 1;
                }
            }
            ')' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    entries.push(&list[begin..at]);
                }
            }
            // The list of audits follows.
            _ if depth == 0 => break,
            _ => {}
        }
    }
    (depth == 0).then_some((owner, Some(entries)))
}

/// The fields of an entry: kind, flags, rights, two object ids, and whom it is about.
fn fields(entry: &str) -> Option<[&str; 6]> {
    let mut fields = entry.split(';');
    let mut next = || fields.next();
    Some([next()?, next()?, next()?, next()?, next()?, next()?])
}

/// The bits of the rights; all bits if they are not understood.
fn mask(rights: &str) -> u32 {
    if let Some(digits) = rights.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    }
    if let Ok(number) = rights.parse() {
        return number;
    }
    pairs(rights).fold(0, |bits, name| {
        let known = RIGHTS.iter().find(|(known, _)| *known == name);
        bits | known.map_or(u32::MAX, |(_, value)| *value)
    })
}

/// A text of two-letter names, name by name.
fn pairs(text: &str) -> impl Iterator<Item = &str> {
    (0..text.len())
        .step_by(2)
        .map(|at| text.get(at..at + 2).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-1004336348-1177238915-682003330-1001";
    const OTHER: &str = "S-1-5-21-1004336348-1177238915-682003330-1002";

    /// The owner, write, read, anything.
    fn seen(text: &str) -> (Option<String>, [bool; 3]) {
        let access = access(text, USER).unwrap();
        (
            access.foreign_owner.map(|owner| owner.name),
            [access.others_write, access.others_read, access.others_any],
        )
    }

    #[test]
    fn what_is_written_is_private() {
        for is_folder in [false, true] {
            let text = format!("O:{USER}{}", private(USER, is_folder));
            assert_eq!(seen(&text), (None, [false; 3]), "{text}");
        }
    }

    /// Lists as Windows reports them.
    #[test]
    fn others_are_seen() {
        let cases = [
            // A file in a user's profile.
            (
                "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;USER)",
                [false, false, false],
            ),
            // A folder on a second disk: signed-in users may change it.
            (
                "D:AI(A;OICIID;FA;;;BA)(A;ID;FA;;;SY)(A;OICIIOID;GA;;;AU)(A;ID;0x1301bf;;;AU)",
                [true, true, true],
            ),
            ("D:AI(A;ID;0x1200a9;;;BU)", [false, true, true]),
            ("D:(A;;FR;;;WD)", [false, true, true]),
            ("D:(A;;FX;;;WD)", [false, false, true]),
            ("D:(A;;LC;;;AU)", [true, false, true]),
            ("D:(A;;GA;;;OTHER)", [true, true, true]),
            ("D:(A;;SDWDWO;;;OTHER)", [true, false, true]),
            // Inherited by children only; refused; and for whoever owns it.
            ("D:(A;OICIIO;FA;;;WD)", [false, false, false]),
            ("D:(D;;FA;;;WD)(A;;FA;;;USER)", [false, false, false]),
            ("D:P(A;;FA;;;S-1-3-4)", [false, false, false]),
            // A condition, and an audit list behind.
            (
                "D:(XA;;FR;;;WD;(Member_of {SID(BA)}))S:(AU;SAFA;FA;;;WD)",
                [false, true, true],
            ),
            ("D:S:(AU;SAFA;FA;;;WD)", [false, false, false]),
            // Rights that are not known count as all.
            ("D:(A;;QQ;;;WD)", [true, true, true]),
            ("D:(A;;1179785;;;WD)", [false, true, true]),
            // No list at all.
            ("D:NO_ACCESS_CONTROL", [true, true, true]),
            ("", [true, true, true]),
        ];
        for (list, wanted) in cases {
            let list = list.replace("USER", USER).replace("OTHER", OTHER);
            assert_eq!(seen(&format!("O:{USER}{list}")), (None, wanted), "{list}");
        }
    }

    #[test]
    fn owners_are_told_apart() {
        let private = "D:P(A;;FA;;;SY)";
        assert_eq!(seen(&format!("O:BA{private}")), (None, [false; 3]));
        assert_eq!(seen(&format!("O:SY{private}")), (None, [false; 3]));
        let (owner, _) = seen(&format!("O:{OTHER}{private}"));
        assert_eq!(owner.as_deref(), Some(OTHER));
        let installer = access(&format!("O:{INSTALLER}{private}"), USER).unwrap();
        assert!(installer.foreign_owner.unwrap().is_administrator);
        // The built-in administrator has a short name.
        assert_eq!(
            access("O:LAD:(A;;FA;;;LA)", "LA").unwrap().foreign_owner,
            None
        );
    }

    /// A disk with FAT protects nothing, and says so of each file.
    #[test]
    fn a_file_system_without_owners_is_used() {
        assert_eq!(seen("O:WDD:NO_ACCESS_CONTROL"), (None, [false; 3]));
        assert_eq!(seen("O:WDD:(A;;FA;;;WD)").1, [true; 3]);
    }

    #[test]
    fn what_is_not_understood_is_no_answer() {
        for text in ["", "D:", "O:BAD:(A;;FA", "O:BAD:(A;;FA;;)"] {
            assert_eq!(access(text, USER), None, "{text}");
        }
    }
}
