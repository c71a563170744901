/** Registers a schema, as a program on the node: `registration.ts <url> <subject> <schema>`. Says its id. */
import { register } from '../registry.ts';

const [url = '', subject = '', schema = ''] = process.argv.slice(2);
process.stdout.write(String(await register(url, subject, schema)));
