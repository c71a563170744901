// Loaded before the service in the image, where Node runs with --disallow-code-generation-from-strings.
//
// Two libraries turn text into code as soon as they are imported, and both only serve parts of @platformatic/kafka that the service doesn't need: ajv
// checks the options of its clients, which this service alone makes, from a configuration that is already checked; avsc serves its registry client, which
// is not used. So in the image the one accepts and the other is empty, and in exchange no text can become code in the process that sees raw records.
// Every test runs with the real ones in place. `lethe apply` needs avsc and is no command for this image.
import { registerHooks } from 'node:module';

const ajv = `
  export class Ajv2020 {
    addKeyword() { return this; }
    compile() { return Object.assign(() => true, { errors: null }); }
  }
  export const Ajv = Ajv2020;
  export default Ajv2020;
`;
const stand = [
  [/^ajv(-draft-04)?(\/|$)(?!.*\.json$)/, ajv],
  [/^avsc$/, 'export default {};'],
];

registerHooks({
  resolve(specifier, context, next) {
    const found = context.parentURL?.includes('/@platformatic/kafka/')
      ? stand.find(([name]) => name.test(specifier))
      : undefined;
    if (found === undefined) return next(specifier, context);
    const url = `data:text/javascript,${encodeURIComponent(found[1])}`;
    return { url, format: 'module', shortCircuit: true };
  },
});
