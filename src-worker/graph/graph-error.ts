import { MillraceError } from '#protocol/errors.ts';

/** A graph that cannot be built: the message names the operator and the shapes or types that do not fit. */
export class GraphError extends MillraceError {
  constructor(operator: string, problem: string) {
    super('ENGINE', `${operator}: ${problem}`);
    this.name = 'GraphError';
  }
}
