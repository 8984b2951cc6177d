/** `npm run specimen`: specimen documents, selfies, camera films and outcome files to try the document step with. */
import { writeSpecimens } from './command_files.ts';
import { specimenOptions, USAGE, UsageError } from './command_options.ts';

try {
  const words = process.argv.slice(2);
  if (words.length === 0 || words.includes('--help')) {
    process.stdout.write(`${USAGE}\n`);
  } else {
    for (const path of await writeSpecimens(specimenOptions(words))) process.stdout.write(`${path}\n`);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
