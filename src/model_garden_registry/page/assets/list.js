// The page with all models.

import "./model_list.js";
