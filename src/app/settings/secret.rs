//! Secrets: `x`, or `x_file`, a file that holds nothing else.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::SecretString;

use super::layers::{Layers, Origin};

impl Layers {
    /// The secret `section.key`, if it is set. Either form in the environment is over both in the file.
    pub fn secret(
        &self,
        section: &str,
        key: &str,
        problems: &mut Vec<String>,
        warnings: &mut Vec<String>,
    ) -> Option<SecretString> {
        let file_key = format!("{key}_file");
        let written = (self.origin(section, key), self.origin(section, &file_key));
        let set = match written {
            (Some((Origin::Variable(_), _)), Some((Origin::File(_), _))) => (written.0, None),
            (Some((Origin::File(_), _)), Some((Origin::Variable(_), _))) => (None, written.1),
            same_layer => same_layer,
        };
        match set {
            (Some((one, _)), Some((other, _))) => {
                problems.push(format!(
                    "{section}.{key} ({one}) and {section}.{file_key} ({other}) are both set; keep one of them"
                ));
                None
            }
            (Some((origin, text)), None) => {
                if let Origin::File(path) = origin {
                    warnings.extend(exposed(path, &format!("it holds {section}.{key}")));
                }
                let text = text.map(|text| text.trim().to_owned())?;
                if text.is_empty() {
                    problems.push(format!("{origin}: {section}.{key} is empty"));
                }
                Some(text.into())
            }
            (None, Some((_, path))) => {
                let path = path?;
                match read(Path::new(&path)) {
                    Ok(secret) => {
                        warnings.extend(exposed(Path::new(&path), &format!("it is {section}.{file_key}")));
                        Some(secret)
                    }
                    Err(problem) => {
                        problems.push(format!("{section}.{file_key}: {path} {problem}"));
                        None
                    }
                }
            }
            (None, None) => {
                self.defaults.get_string(&format!("{section}.{key}")).ok().map(SecretString::from)
            }
        }
    }
}

fn read(path: &Path) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    match text.trim() {
        "" => Err("is empty".to_owned()),
        secret => Ok(secret.into()),
    }
}

/// A warning if everybody on this machine can read the file.
fn exposed(path: &Path, what: &str) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    let open = mode & 0o004 != 0;
    open.then(|| {
        format!("{0}: everybody on this machine can read it, and {what}; chmod o-rwx {0}", path.display())
    })
}
