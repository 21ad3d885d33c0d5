import { type BootOptions, boot } from './machine.ts';

/** Boots a machine for one guest program, gives its result, and ends the machine whatever happens. */
export async function play(
  program: string,
  args: readonly string[],
  options: BootOptions = {},
): Promise<unknown> {
  const machine = await boot(options);
  try {
    return await machine.result(program, args);
  } finally {
    await machine.close();
  }
}
