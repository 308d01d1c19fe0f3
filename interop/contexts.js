// The contexts that a document may name: those that Laurel has compiled in, from
// the same files. Nothing is ever fetched.
import {readFileSync} from 'node:fs';

const folder = new URL('../internal/jsonld/contexts/', import.meta.url);

// files maps each context URL to its file. Where a publisher has changed a
// context in place, the index has the newest revision first.
const files = new Map();
for(const line of readFileSync(new URL('index', folder), 'utf8').split('\n')) {
  const [, url, file] = line.split(' ');
  if(url && !files.has(url)) {
    files.set(url, file);
  }
}

const read = new Map();

/** The document behind a context URL, or undefined. */
export function context(url) {
  if(!read.has(url) && files.has(url)) {
    read.set(url, JSON.parse(readFileSync(new URL(files.get(url), folder), 'utf8')));
  }
  return read.get(url);
}
