import type { StagePreview } from '../../engine/explain/preview.js';

/** Of the graphs; a state is never told by its colour alone. */
export const stateColours: Readonly<Record<StagePreview['state'], { readonly fill: string; readonly stroke: string }>> =
  {
    cached: { fill: '#e6f4ea', stroke: '#188038' },
    'to run': { fill: '#fef7e0', stroke: '#b06000' },
    waiting: { fill: '#e8f0fe', stroke: '#5f86c4' },
    unknown: { fill: '#f8f9fa', stroke: '#80868b' },
  };
