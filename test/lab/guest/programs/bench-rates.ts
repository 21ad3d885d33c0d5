/**
 * One flow over the same lines in several ways, one after another in one machine. Argument: the order
 * (BenchOrder of bench-order.ts) as JSON. Leaves a JobResult per job.
 */
import { parseLines } from '../../lines.ts';
import { runJob } from '../bench-jobs.ts';
import type { BenchOrder, JobResult } from '../bench-order.ts';
import { buildLines, settled } from '../network.ts';
import { program } from '../program.ts';

program(async ([text = '']) => {
  const { lines, jobs, ...timing } = JSON.parse(text) as BenchOrder;
  const network = buildLines(parseLines(lines));
  await settled();
  const results: JobResult[] = [];
  for (const job of jobs) results.push(await runJob(network, job, timing));
  return results;
});
