// What every peer program does: it reads jobs from stdin, one JSON object a
// line, and writes one result a line. A job names what to do and what time it
// is; a result is what the peer answered, or {"error": …} if it threw.
import {createInterface} from 'node:readline';

const RealDate = Date;
let now = 0;

// The clock stands still at the time of the job, since not all peers take the
// time as an option.
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [now] : args));
  }
  static now() {
    return now;
  }
};

/** Serves the jobs by name until stdin ends. */
export async function serve(jobs) {
  for await (const line of createInterface({input: process.stdin})) {
    const job = JSON.parse(line);
    now = RealDate.parse(job.now);
    let result;
    try {
      result = await jobs[job.do](job);
    } catch(error) {
      result = {error: explain(error)};
    }
    process.stdout.write(JSON.stringify(result) + '\n');
  }
}

/** An error in one line, with the errors that are behind it. */
export function explain(error) {
  if(!error) {
    return '';
  }
  const parts = [String(error.message ?? error)];
  for(const behind of [error.cause, ...(error.errors ?? [])]) {
    if(behind instanceof Error) {
      parts.push(explain(behind));
    }
  }
  return [...new Set(parts)].join(': ');
}
