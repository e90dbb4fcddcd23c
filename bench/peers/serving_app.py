"""The peer: FastAPI as its tutorial has it (a pydantic model in, a dict out), one model in three ways.

python3 serving_app.py train FOLDER NUMBERS.csv RAW.csv   fits and saves the three models
SERVING_MODELS=FOLDER SERVING_PEER=inplace|sklearn|pipeline uvicorn serving_app:app   serves one of them
"""
import os
import pickle
import sys

PEER = os.environ.get("SERVING_PEER", "")
FOLDER = os.environ.get("SERVING_MODELS", ".")
TARGET = "churn"
TREES = dict(max_depth=6, learning_rate=0.3, tree_method="hist")


def train(folder, numbers_csv, raw_csv):
    import pandas as pd
    import xgboost as xgb
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = pd.read_csv(numbers_csv).fillna(0)
    y = (numbers[TARGET] == "Yes").astype(int)
    x = numbers.drop(columns=TARGET).to_numpy(dtype="float32")
    booster = xgb.train({**TREES, "objective": "binary:logistic", "nthread": 1}, xgb.DMatrix(x, y), num_boost_round=100)
    booster.save_model(os.path.join(folder, "booster.json"))
    wrapper = xgb.XGBClassifier(n_estimators=100, n_jobs=1, **TREES).fit(x, y)
    wrapper.save_model(os.path.join(folder, "wrapper.json"))

    # New customers have no total yet; the logistic regression takes no missing values.
    raw = pd.read_csv(raw_csv).fillna({"total_charges": 0})
    features = raw.drop(columns=TARGET)
    texts = [c for c in features if features[c].dtype == object]
    columns = ColumnTransformer([("texts", OneHotEncoder(handle_unknown="ignore"), texts)], remainder=StandardScaler())
    pipeline = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(features, raw[TARGET])
    with open(os.path.join(folder, "pipeline.pickle"), "wb") as file:
        pickle.dump(pipeline, file)


def make():
    from typing import Any

    from fastapi import FastAPI
    from pydantic import BaseModel

    class Rows(BaseModel):
        features: list[list[float]]

    class Records(BaseModel):
        features: list[dict[str, Any]]

    made = FastAPI()

    if PEER == "inplace":
        import numpy as np
        import xgboost as xgb

        booster = xgb.Booster({"nthread": 1}, model_file=os.path.join(FOLDER, "booster.json"))

        @made.post("/predict")
        async def inplace(rows: Rows):
            return {"predictions": booster.inplace_predict(np.asarray(rows.features, dtype=np.float32)).tolist()}

    elif PEER == "sklearn":
        import numpy as np
        import xgboost as xgb

        wrapper = xgb.XGBClassifier(n_jobs=1)
        wrapper.load_model(os.path.join(FOLDER, "wrapper.json"))

        @made.post("/predict")
        async def sklearn(rows: Rows):
            return {"predictions": wrapper.predict_proba(np.asarray(rows.features, dtype=np.float32))[:, 1].tolist()}

    elif PEER == "pipeline":
        import pandas as pd

        with open(os.path.join(FOLDER, "pipeline.pickle"), "rb") as file:
            pipeline = pickle.load(file)

        @made.post("/predict")
        async def frame(records: Records):
            return {"predictions": pipeline.predict_proba(pd.DataFrame(records.features))[:, 1].tolist()}

    return made


if __name__ == "__main__":
    train(*sys.argv[2:])
else:
    app = make()
