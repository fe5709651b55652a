import { useAppState } from '../../store/context.tsx';

/** One round turns the wheel once, step by step; the count goes on over rounds, so it never turns back. */
export function useWheelDegrees(): number {
  return useAppState(({ progress }) => {
    if (progress === null) return 0;
    const share = progress.phase === 'training' ? progress.step / Math.max(1, progress.steps) : 1;
    return Math.round((progress.round + share) * 360);
  });
}
