//! Apple's property lists, binary or XML, and the objects that `NSKeyedArchiver` keeps in them.
//!
//! A list may refer to one object many times, and each copy takes memory. So all of it is bounded.

use std::io::Cursor;

use plist::stream::{BinaryReader, Event, OwnedEvent, XmlReader};
use zeroize::Zeroizing;

use crate::import::support::crypto::damaged;
use crate::import::{ImportError, MAX_BYTES};

/// How a binary list starts.
pub(crate) const MAGIC: &[u8] = b"bplist00";

/// Bounds the bytes of a list. Reading one takes up to eight times as much on each level.
const LONGEST: usize = 8 << 20;

/// Bounds the levels of a list, and those of the objects in an archive. OTP Auth needs six.
const LEVELS: usize = 12;

/// Bounds the values of a list, and those of the objects in an archive.
const VALUES: usize = 1 << 20;

/// A value of a list. Texts and data may be secret, so they are wiped on drop.
pub(crate) enum Value {
    /// `$null` of an archive. A list itself has no such value.
    Null,
    Boolean(bool),
    Integer(i128),
    Real(f64),
    Text(Zeroizing<String>),
    Data(Zeroizing<Vec<u8>>),
    /// A time; no format needs its value.
    Date,
    /// The number of an object in an archive.
    Uid(u64),
    List(Vec<Self>),
    Dictionary(Vec<(String, Self)>),
}

/// Whether this is a property list, by its start.
pub(crate) fn is_plist(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let start = &text[..text.floor_char_boundary(1 << 10)];
    bytes.starts_with(MAGIC) || start.trim_start().starts_with('<') && start.contains("<plist")
}

/// Reads a whole list. The objects of an archive stay as they are; see [`Value::unarchived`].
pub(crate) fn read(bytes: &[u8]) -> Result<Value, ImportError> {
    if bytes.len() > LONGEST {
        return Err(too_costly("too long"));
    }
    if bytes.starts_with(MAGIC) {
        build(BinaryReader::new(Cursor::new(bytes)))
    } else {
        build(XmlReader::new(Cursor::new(bytes)))
    }
}

fn too_costly(what: &str) -> ImportError {
    ImportError::TooCostly(format!("the property list is {what}"))
}

fn broken() -> ImportError {
    damaged("the property list is cut short or changed")
}

/// A list or dictionary whose end was not read yet.
struct Open {
    value: Value,
    /// The name of the next member.
    key: Option<String>,
}

impl Open {
    const fn new(value: Value) -> Self {
        Self { value, key: None }
    }

    fn push(&mut self, new: Value) -> Result<(), ImportError> {
        match (&mut self.value, self.key.take(), new) {
            (Value::List(list), _, new) => list.push(new),
            (Value::Dictionary(members), Some(key), new) => members.push((key, new)),
            (Value::Dictionary(_), None, Value::Text(key)) => self.key = Some(key.to_string()),
            _ => return Err(broken()),
        }
        Ok(())
    }
}

fn build(
    events: impl Iterator<Item = Result<OwnedEvent, plist::Error>>,
) -> Result<Value, ImportError> {
    let mut open: Vec<Open> = Vec::new();
    for (count, event) in events.enumerate() {
        if count > VALUES {
            return Err(too_costly("too large"));
        }
        let done = match event.map_err(|_| broken())? {
            Event::StartArray(_) => {
                open.push(Open::new(Value::List(Vec::new())));
                None
            }
            Event::StartDictionary(_) => {
                open.push(Open::new(Value::Dictionary(Vec::new())));
                None
            }
            Event::EndCollection => Some(open.pop().ok_or_else(broken)?.value),
            event => Some(leaf(event)?),
        };
        if open.len() > LEVELS {
            return Err(too_costly("too deep"));
        }
        match (done, open.last_mut()) {
            (Some(value), Some(parent)) => parent.push(value)?,
            (Some(value), None) => return Ok(value),
            (None, _) => {}
        }
    }
    Err(broken())
}

fn leaf(event: OwnedEvent) -> Result<Value, ImportError> {
    Ok(match event {
        Event::Boolean(value) => Value::Boolean(value),
        Event::Data(data) => Value::Data(Zeroizing::new(data.into_owned())),
        Event::Date(_) => Value::Date,
        Event::Integer(number) => {
            let unsigned = number.as_unsigned().map(i128::from);
            let any = unsigned.or(number.as_signed().map(i128::from));
            Value::Integer(any.ok_or_else(broken)?)
        }
        Event::Real(number) => Value::Real(number),
        Event::String(text) => Value::Text(Zeroizing::new(text.into_owned())),
        Event::Uid(uid) => Value::Uid(uid.get()),
        _ => return Err(broken()),
    })
}

impl Value {
    /// The value of the member with this name, if it is a dictionary that has one.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Dictionary(members) = self else {
            return None;
        };
        let member = members.iter().find(|(own, _)| own == name);
        member.map(|(_, value)| value)
    }

    /// The values of a list; none if it is something else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn data(&self) -> Option<&[u8]> {
        match self {
            Self::Data(data) => Some(data),
            _ => None,
        }
    }

    /// A text or a number as text; `None` for all else.
    pub(crate) fn scalar(&self) -> Option<Zeroizing<String>> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Integer(number) => Some(Zeroizing::new(number.to_string())),
            Self::Real(number) => Some(Zeroizing::new(number.to_string())),
            _ => None,
        }
    }

    /// Whether `NSKeyedArchiver` wrote it: a flat list of objects that refer to each other by number.
    pub(crate) fn is_archive(&self) -> bool {
        let archiver = self.get("$archiver").and_then(Self::scalar);
        archiver.is_some_and(|name| *name == "NSKeyedArchiver")
    }

    /// The root object of an archive, with its references followed. Foundation's own classes become
    /// lists, dictionaries, texts and data; the members of any other object make a dictionary.
    pub(crate) fn unarchived(&self) -> Result<Self, ImportError> {
        let root = self.get("$top").and_then(|top| top.get("root"));
        let (true, Some(objects), Some(root)) = (self.is_archive(), self.get("$objects"), root)
        else {
            return Err(broken());
        };
        let mut archive = Archive {
            objects: objects.items(),
            values: VALUES,
            bytes: MAX_BYTES,
        };
        archive.follow(root, LEVELS)
    }
}

/// The objects of an archive, and how much following their references may still take.
struct Archive<'a> {
    objects: &'a [Value],
    values: usize,
    bytes: usize,
}

impl Archive<'_> {
    fn follow(&mut self, value: &Value, levels: usize) -> Result<Value, ImportError> {
        let rest = self.values.checked_sub(1);
        self.values = rest.ok_or_else(|| too_costly("too large"))?;
        let levels = levels.checked_sub(1);
        let levels = levels.ok_or_else(|| too_costly("too deep"))?;
        Ok(match value {
            Value::Uid(0) | Value::Null => Value::Null,
            Value::Uid(number) => {
                let object = usize::try_from(*number)
                    .ok()
                    .and_then(|number| self.objects.get(number));
                match object.ok_or_else(broken)? {
                    Value::Uid(_) => return Err(broken()),
                    // A reference is no level of its own.
                    object => self.follow(object, levels + 1)?,
                }
            }
            Value::List(items) => self.list(items, levels)?,
            Value::Dictionary(members) => self.object(value, members, levels)?,
            Value::Text(text) => Value::Text(self.copy(text.len(), || text.clone())?),
            Value::Data(data) => Value::Data(self.copy(data.len(), || data.clone())?),
            Value::Boolean(is) => Value::Boolean(*is),
            Value::Integer(number) => Value::Integer(*number),
            Value::Real(number) => Value::Real(*number),
            Value::Date => Value::Date,
        })
    }

    fn list(&mut self, items: &[Value], levels: usize) -> Result<Value, ImportError> {
        let items = items.iter().map(|item| self.follow(item, levels));
        Ok(Value::List(items.collect::<Result<_, _>>()?))
    }

    fn object(
        &mut self,
        object: &Value,
        members: &[(String, Value)],
        levels: usize,
    ) -> Result<Value, ImportError> {
        let plain = ["NS.string", "NS.data", "NS.bytes"];
        if let Some(content) = plain.iter().find_map(|name| object.get(name)) {
            return self.follow(content, levels);
        }
        if object.get("NS.time").is_some() {
            return Ok(Value::Date);
        }
        let content = object.get("NS.objects").map(Value::items);
        match (object.get("NS.keys").map(Value::items), content) {
            (Some(keys), Some(values)) => {
                let pairs = keys.iter().zip(values).map(|(key, value)| {
                    let key = self.follow(key, levels)?.scalar().ok_or_else(broken)?;
                    Ok((key.to_string(), self.follow(value, levels)?))
                });
                Ok(Value::Dictionary(
                    pairs.collect::<Result<_, ImportError>>()?,
                ))
            }
            (None, Some(values)) => self.list(values, levels),
            _ => {
                let own = members.iter().filter(|(name, _)| name != "$class");
                let own = own.map(|(name, value)| {
                    let name = self.copy(name.len(), || name.clone())?;
                    Ok((name, self.follow(value, levels)?))
                });
                Ok(Value::Dictionary(own.collect::<Result<_, ImportError>>()?))
            }
        }
    }

    fn copy<T>(&mut self, length: usize, copy: impl FnOnce() -> T) -> Result<T, ImportError> {
        let rest = self.bytes.checked_sub(length);
        self.bytes = rest.ok_or_else(|| too_costly("too large"))?;
        Ok(copy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(content: &str) -> Vec<u8> {
        format!("<?xml version=\"1.0\"?><plist version=\"1.0\">{content}</plist>").into_bytes()
    }

    /// Writes a binary list of these objects; the first is the root. References take two bytes.
    fn binary(objects: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let mut offsets = Vec::new();
        for object in objects {
            offsets.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
            bytes.extend(object);
        }
        let table = bytes.len() as u64;
        bytes.extend(offsets);
        bytes.extend([0, 0, 0, 0, 0, 0, 4, 2]);
        bytes.extend((objects.len() as u64).to_be_bytes());
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend(table.to_be_bytes());
        bytes
    }

    fn array(references: &[u16]) -> Vec<u8> {
        let mut bytes = vec![0xaf, 0x11];
        bytes.extend(u16::try_from(references.len()).unwrap().to_be_bytes());
        bytes.extend(references.iter().flat_map(|one| one.to_be_bytes()));
        bytes
    }

    #[test]
    fn xml_and_binary_lists_are_read() {
        let bytes =
            xml("<dict><key>a</key><array><string>x</string><integer>-5</integer></array></dict>");
        assert!(is_plist(&bytes) && !is_plist(b"<html>") && !is_plist(b""));
        let value = read(&bytes).unwrap();
        let list = value.get("a").unwrap().items();
        let texts: Vec<_> = list.iter().filter_map(Value::scalar).collect();
        assert_eq!((texts[0].as_str(), texts[1].as_str()), ("x", "-5"));
        assert!(value.get("b").is_none() && !value.is_archive());
        let bytes = binary(&[array(&[1, 1]), vec![0x51, b'y']]);
        assert!(is_plist(&bytes));
        assert_eq!(read(&bytes).unwrap().items().len(), 2);
    }

    #[test]
    fn lists_that_grow_without_end_are_refused() {
        let fails = |bytes: &[u8]| matches!(read(bytes), Err(ImportError::TooCostly(_)));
        // Each level refers a hundred times to the next one: 10^18 values in 3 kB.
        let levels = (1..10).map(|next| array(&[next; 100]));
        let bomb: Vec<_> = levels.chain([vec![0x51, b'y']]).collect();
        assert!(fails(&binary(&bomb)));
        let deep: Vec<_> = (1..100).map(|next| array(&[next])).collect();
        assert!(fails(&binary(&deep)));
        assert!(fails(&xml(&format!(
            "{}{}",
            "<array>".repeat(50),
            "</array>".repeat(50)
        ))));
        assert!(fails(&vec![b' '; LONGEST + 1]));
        // One that contains itself.
        assert!(read(&binary(&[array(&[0])])).is_err());
    }

    #[test]
    fn an_archive_that_refers_to_itself_or_copies_without_end_is_refused() {
        let uid = |number: u64| Value::Uid(number);
        let archive = |objects: Vec<Value>| {
            Value::Dictionary(vec![
                (
                    "$archiver".to_owned(),
                    Value::Text("NSKeyedArchiver".to_owned().into()),
                ),
                ("$objects".to_owned(), Value::List(objects)),
                (
                    "$top".to_owned(),
                    Value::Dictionary(vec![("root".to_owned(), uid(1))]),
                ),
            ])
        };
        let list = |items: Vec<Value>| {
            Value::Dictionary(vec![("NS.objects".to_owned(), Value::List(items))])
        };
        let fails = |objects| archive(objects).unarchived().is_err();
        assert!(fails(vec![Value::Null, list(vec![uid(1)])]));
        assert!(fails(vec![Value::Null, uid(1)]));
        assert!(fails(vec![Value::Null, list(vec![uid(7)])]));
        let long = Value::Text("x".repeat(1 << 20).into());
        let copies = |count| list((0..count).map(|_| uid(2)).collect());
        assert!(fails(vec![Value::Null, copies(65), long]));
        let short = Value::Text("x".to_owned().into());
        let read = archive(vec![Value::Null, copies(65), short]).unarchived();
        assert_eq!(read.unwrap().items().len(), 65);
    }

    #[test]
    fn cut_short_anywhere_is_damage() {
        let whole = binary(&[array(&[1, 2]), vec![0x51, b'y'], vec![0x44, 1, 2, 3, 4]]);
        assert!(read(&whole).is_ok());
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }
}
