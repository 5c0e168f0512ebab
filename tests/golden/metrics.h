/* metrics.h - made by metrics.py: golden values of metrics. Of f1_score: macro, micro, weighted, then each class. */
#define GOLDEN_SAMPLES 100u
#define GOLDEN_CLASSES 5u
static const double golden_accuracy[] = {0.54};
static const double golden_f1_score[] = {0.5370061837803772, 0.54, 0.5437432549529323, 0.4838709677419355, 0.6071428571428571, 0.5, 0.5384615384615384, 0.5555555555555556};
static const double golden_f1_score_above_half[] = {0.4296684573435655, 0.4714828897338402, 0.5420112924037019, 0.41666666666666663, 0.7887323943661971, 0.2631578947368421, 0.30769230769230765, 0.372093023255814};
static const double golden_auc[] = {0.8188896169901764};
