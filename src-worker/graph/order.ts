import type { Node } from './operator.ts';
import type { Value } from './value.ts';

/** All nodes that lead to `outputs`, each after the nodes it needs. No recursion: deep models are thousands of nodes deep. */
export function nodesLeadingTo(outputs: readonly Value[]): readonly Node[] {
  const order: Node[] = [];
  const entered = new Set<Node>();
  const stack: { readonly node: Node; next: number }[] = [];
  const enter = (value: Value): void => {
    if (value.source.kind !== 'node' || entered.has(value.source.node)) return;
    entered.add(value.source.node);
    stack.push({ node: value.source.node, next: 0 });
  };
  for (const output of outputs) {
    enter(output);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const needed = top.node.inputs[top.next++];
      if (needed !== undefined) {
        enter(needed);
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}
