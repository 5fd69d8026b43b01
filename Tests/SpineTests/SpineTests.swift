// Spine
